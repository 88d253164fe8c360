package engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.netflix.spinnaker.orca.api.pipeline.graph.TaskNode;
import com.netflix.spinnaker.orca.api.pipeline.models.StageExecution;
import com.netflix.spinnaker.orca.api.preconfigured.jobs.PreconfiguredJobStageParameter;
import com.netflix.spinnaker.orca.api.preconfigured.jobs.PreconfiguredJobStageProperties;
import com.netflix.spinnaker.orca.jackson.OrcaObjectMapper;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1Job;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.stereotype.Component;

/** The stage that runs a Job of job.preconfigured.kubernetes: Orca's published settings, and those of Kubernetes. */
@Component
public class PreconfiguredJobStage extends RunJobStage {
  private static final ObjectMapper MAPPER = OrcaObjectMapper.getInstance();
  private final Jobs jobs;

  PreconfiguredJobStage(Jobs jobs) {
    this.jobs = jobs;
  }

  @Override
  public void taskGraph(StageExecution stage, TaskNode.Builder graph) {
    Map<String, Object> context = stage.getContext();
    KubernetesJob job =
        jobs.getKubernetes().stream()
            .filter(candidate -> stage.getType().equals(candidate.getType()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no preconfigured job has type " + stage.getType()));
    configure(context, job);
    Map<String, Object> given = Tasks.map(context.get("parameters"));
    for (PreconfiguredJobStageParameter parameter : job.getParameters()) {
      Object value = given.getOrDefault(parameter.getName(), parameter.getDefaultValue());
      if (value != null && parameter.getMapping() != null) {
        put(context, parameter.getMapping(), value.toString());
      }
    }
    var parameters = MAPPER.convertValue(job.getParameters(), new TypeReference<List<Map<String, Object>>>() {});
    context.put("preconfiguredJobParameters", parameters);
    Tasks.map(context.get("dynamicParameters")).forEach((path, value) -> put(context, path, String.valueOf(value)));
    super.taskGraph(stage, graph);
  }

  /** The configuration wins over what the author wrote, where it says something. */
  private static void configure(Map<String, Object> context, KubernetesJob job) {
    putIfPresent(context, "cloudProvider", job.getCloudProvider());
    putIfPresent(context, "credentials", job.getCredentials());
    putIfPresent(context, "region", job.getRegion());
    putIfPresent(context, "propertyFile", job.getPropertyFile());
    putIfPresent(context, "waitForCompletion", job.isWaitForCompletion());
    putIfPresent(context, "account", job.account);
    putIfPresent(context, "application", job.application);
    try {
      context.put("manifest", MAPPER.readValue(new JSON().serialize(job.manifest), Map.class));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void putIfPresent(Map<String, Object> context, String key, Object value) {
    if (value != null) {
      context.put(key, value);
    }
  }

  /** Follows a path such as a.b[0].c. The last step is a key as it is, even if it looks like an index. */
  private static void put(Map<String, Object> root, String path, String value) {
    String[] steps = path.split("\\.");
    Map<String, Object> at = root;
    for (int i = 0; i < steps.length - 1; i++) {
      int bracket = steps[i].indexOf('[');
      Object next = at.get(bracket < 0 ? steps[i] : steps[i].substring(0, bracket));
      if (bracket >= 0) {
        next = Tasks.list(next).get(Integer.parseInt(steps[i].substring(bracket + 1, steps[i].length() - 1)));
      }
      at = Tasks.map(next);
    }
    at.put(steps[steps.length - 1], value);
  }

  public static class KubernetesJob extends PreconfiguredJobStageProperties {
    private String account;
    private String application;
    private V1Job manifest;

    public String getAccount() {
      return account;
    }

    public void setAccount(String account) {
      this.account = account;
    }

    public String getApplication() {
      return application;
    }

    public void setApplication(String application) {
      this.application = application;
    }

    public V1Job getManifest() {
      return manifest;
    }

    public void setManifest(V1Job manifest) {
      this.manifest = manifest;
    }
  }

  @Component
  @ConfigurationProperties("job.preconfigured")
  public static class Jobs {
    private List<KubernetesJob> kubernetes = new ArrayList<>();

    public List<KubernetesJob> getKubernetes() {
      return kubernetes;
    }

    public void setKubernetes(List<KubernetesJob> kubernetes) {
      this.kubernetes = kubernetes;
    }
  }
}
