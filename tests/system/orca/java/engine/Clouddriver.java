package engine;

import com.jakewharton.retrofit.Ok3Client;
import com.netflix.spinnaker.config.DefaultServiceEndpoint;
import com.netflix.spinnaker.config.okhttp3.OkHttpClientProvider;
import com.netflix.spinnaker.kork.retrofit.exceptions.SpinnakerRetrofitErrorHandler;
import com.netflix.spinnaker.orca.jackson.OrcaObjectMapper;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import retrofit.RequestInterceptor;
import retrofit.RestAdapter;
import retrofit.converter.JacksonConverter;
import retrofit.http.Body;
import retrofit.http.GET;
import retrofit.http.POST;
import retrofit.http.Path;

/** Clouddriver's routes that the stages of this test use, through the HTTP client and error types of Orca. */
public interface Clouddriver {
  @POST("/{provider}/ops")
  Map<String, Object> operate(@Path("provider") String provider, @Body List<Map<String, Object>> operations);

  @GET("/task/{id}")
  Map<String, Object> task(@Path("id") String id);

  @GET("/applications/{app}/jobs/{account}/{location}/{id}")
  Map<String, Object> job(
      @Path("app") String app,
      @Path("account") String account,
      @Path("location") String location,
      @Path("id") String id);

  @GET("/applications/{app}/jobs/{account}/{location}/{id}/{container}")
  Map<String, Object> properties(
      @Path("app") String app,
      @Path("account") String account,
      @Path("location") String location,
      @Path("id") String id,
      @Path("container") String container);

  @Configuration
  class Client {
    @Bean
    Clouddriver clouddriver(
        OkHttpClientProvider clients,
        RequestInterceptor headers,
        @Value("${services.clouddriver.baseUrl}") String url) {
      return new RestAdapter.Builder()
          .setEndpoint(url)
          .setRequestInterceptor(headers)
          .setClient(new Ok3Client(clients.getClient(new DefaultServiceEndpoint("clouddriver", url))))
          .setConverter(new JacksonConverter(OrcaObjectMapper.getInstance()))
          .setErrorHandler(SpinnakerRetrofitErrorHandler.getInstance())
          .build()
          .create(Clouddriver.class);
    }
  }
}
