package engine;

import com.netflix.spinnaker.config.OkHttpClientComponents;
import com.netflix.spinnaker.config.OrcaQueueConfiguration;
import com.netflix.spinnaker.config.QueueConfiguration;
import com.netflix.spinnaker.config.RedisOrcaQueueConfiguration;
import com.netflix.spinnaker.fiat.shared.FiatAuthenticationConfig;
import com.netflix.spinnaker.filters.AuthenticatedRequestFilter;
import com.netflix.spinnaker.kork.PlatformComponents;
import com.netflix.spinnaker.orca.config.OrcaConfiguration;
import com.netflix.spinnaker.orca.config.RedisConfiguration;
import com.netflix.spinnaker.orca.front50.config.Front50Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import okhttp3.logging.HttpLoggingInterceptor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.autoconfigure.security.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration;
import org.springframework.boot.autoconfigure.security.servlet.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;

/** Orca's published launcher, queue, repository, expressions and stages, with routes and cloud stages of this test. */
@Configuration
@EnableAutoConfiguration(
    exclude = {
      DataSourceAutoConfiguration.class,
      SecurityAutoConfiguration.class,
      UserDetailsServiceAutoConfiguration.class,
      ManagementWebSecurityAutoConfiguration.class
    })
@ComponentScan({"engine", "com.netflix.spinnaker.config.okhttp3"})
@Import({
  PlatformComponents.class,
  OkHttpClientComponents.class,
  OrcaConfiguration.class,
  RedisConfiguration.class,
  QueueConfiguration.class,
  OrcaQueueConfiguration.class,
  RedisOrcaQueueConfiguration.class,
  Front50Configuration.class,
  FiatAuthenticationConfig.class
})
public class Main {
  /** Starts Orca and writes its port into the file that the argument names. */
  public static void main(String[] args) throws IOException {
    String port = SpringApplication.run(Main.class).getEnvironment().getProperty("local.server.port");
    Path complete = Path.of(args[0]), written = Path.of(args[0] + ".new");
    Files.writeString(written, port);
    Files.move(written, complete, StandardCopyOption.ATOMIC_MOVE);
  }

  @Bean
  HttpLoggingInterceptor.Level logLevel() {
    return HttpLoggingInterceptor.Level.NONE;
  }

  /** Reads X-SPINNAKER-USER and the other headers of a service behind Gate. */
  @Bean
  FilterRegistrationBean<AuthenticatedRequestFilter> authenticatedRequestFilter() {
    var bean = new FilterRegistrationBean<>(new AuthenticatedRequestFilter(true));
    bean.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return bean;
  }
}
