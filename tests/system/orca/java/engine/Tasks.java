package engine;

import com.netflix.spinnaker.kork.exceptions.ConfigurationException;
import com.netflix.spinnaker.orca.api.pipeline.OverridableTimeoutRetryableTask;
import com.netflix.spinnaker.orca.api.pipeline.RetryableTask;
import com.netflix.spinnaker.orca.api.pipeline.Task;
import com.netflix.spinnaker.orca.api.pipeline.TaskResult;
import com.netflix.spinnaker.orca.api.pipeline.models.ExecutionStatus;
import com.netflix.spinnaker.orca.api.pipeline.models.StageExecution;
import com.netflix.spinnaker.orca.pipeline.persistence.ExecutionRepository;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** The tasks of the stages of this test. They poll more often than Orca's own. */
@SuppressWarnings("unchecked")
class Tasks {
  private static final long BACKOFF = TimeUnit.SECONDS.toMillis(1);
  private static final long TIMEOUT = TimeUnit.HOURS.toMillis(2);

  static Map<String, Object> map(Object value) {
    return value instanceof Map ? (Map<String, Object>) value : Map.of();
  }

  static List<Object> list(Object value) {
    return value instanceof List ? (List<Object>) value : List.of();
  }

  private static TaskResult succeeded(Map<String, Object> found) {
    return TaskResult.builder(ExecutionStatus.SUCCEEDED).context(found).outputs(found).build();
  }

  abstract static class Polling implements OverridableTimeoutRetryableTask {
    @Override
    public long getBackoffPeriod() {
      return BACKOFF;
    }

    @Override
    public long getTimeout() {
      return TIMEOUT;
    }
  }

  /** Posts one operation, made of settings of the stage. */
  abstract static class Operate implements RetryableTask {
    private final Clouddriver clouddriver;
    private final String operation;
    private final List<String> settings;

    Operate(Clouddriver clouddriver, String operation, String... settings) {
      this.clouddriver = clouddriver;
      this.operation = operation;
      this.settings = List.of(settings);
    }

    @Override
    public TaskResult execute(StageExecution stage) {
      Map<String, Object> context = stage.getContext();
      Map<String, Object> description = new LinkedHashMap<>();
      for (String setting : settings) {
        if (context.get(setting) != null) {
          description.put(setting, context.get(setting));
        }
      }
      Map<String, Object> task = clouddriver.operate("kubernetes", List.of(Map.of(operation, description)));
      Map<String, Object> found = new LinkedHashMap<>();
      found.put("kato.last.task.id", Map.of("id", task.get("id")));
      found.put("deploy.account.name", String.valueOf(context.get("account")));
      return TaskResult.builder(ExecutionStatus.SUCCEEDED).context(found).build();
    }

    @Override
    public long getBackoffPeriod() {
      return BACKOFF;
    }

    @Override
    public long getTimeout() {
      return TIMEOUT;
    }
  }

  @Component
  static class RunJob extends Operate {
    RunJob(Clouddriver clouddriver) {
      super(clouddriver, "runJob", "account", "credentials", "application", "manifest");
    }
  }

  @Component
  static class DeployManifest extends Operate {
    DeployManifest(Clouddriver clouddriver) {
      super(clouddriver, "deployManifest", "account", "credentials", "moniker", "manifests", "namespaceOverride");
    }
  }

  /** Waits for an operation and keeps which Jobs it made, unless the stage names some already. */
  @Component
  static class MonitorOperation extends Polling {
    private final Clouddriver clouddriver;

    MonitorOperation(Clouddriver clouddriver) {
      this.clouddriver = clouddriver;
    }

    @Override
    public TaskResult execute(StageExecution stage) {
      Map<String, Object> context = stage.getContext();
      String id = String.valueOf(map(context.get("kato.last.task.id")).get("id"));
      Map<String, Object> task = clouddriver.task(id);
      List<Object> tasks = new ArrayList<>(list(context.get("kato.tasks")));
      tasks.removeIf(known -> id.equals(map(known).get("id")));
      tasks.add(task);
      Map<String, Object> found = new LinkedHashMap<>();
      found.put("kato.tasks", tasks);
      found.put("kato.task.lastStatus", "SUCCEEDED");
      Object deployed = map(list(task.get("resultObjects")).get(0)).get("deployedNamesByLocation");
      if (!context.containsKey("deploy.jobs") && deployed != null) {
        found.put("deploy.jobs", deployed);
      }
      return TaskResult.builder(ExecutionStatus.SUCCEEDED).context(found).build();
    }
  }

  @Component
  static class PromoteOutputs implements Task {
    @Override
    public TaskResult execute(StageExecution stage) {
      List<Object> tasks = list(stage.getContext().get("kato.tasks"));
      Map<String, Object> result = map(list(map(tasks.get(tasks.size() - 1)).get("resultObjects")).get(0));
      Map<String, Object> promoted = new LinkedHashMap<>();
      for (String key : List.of("manifests", "manifestNamesByNamespace", "createdArtifacts")) {
        promoted.put("outputs." + key, result.get(key));
      }
      promoted.put("artifacts", result.get("createdArtifacts"));
      return succeeded(promoted);
    }
  }

  static class JobFailedException extends RuntimeException {
    JobFailedException(String message) {
      super(message);
    }
  }

  /** Waits until the Job has ended, and takes over what it reported in its log. */
  @Component
  static class WaitOnJob extends Polling {
    private final Clouddriver clouddriver;
    private final ExecutionRepository repository;

    WaitOnJob(Clouddriver clouddriver, ExecutionRepository repository) {
      this.clouddriver = clouddriver;
      this.repository = repository;
    }

    @Override
    public TaskResult execute(StageExecution stage) {
      Map<String, Object> context = stage.getContext();
      Map<String, Object> jobs = map(context.get("deploy.jobs"));
      if (jobs.size() != 1 || list(jobs.values().iterator().next()).size() != 1) {
        throw new IllegalStateException("deploy.jobs must contain one location with one job: " + jobs);
      }
      String app = String.valueOf(context.get("application")), account = String.valueOf(context.get("account"));
      String location = jobs.keySet().iterator().next(), name = String.valueOf(list(jobs.get(location)).get(0));
      Map<String, Object> status = clouddriver.job(app, account, location, name);
      Map<String, Object> found = new LinkedHashMap<>();
      found.put("jobStatus", status);
      found.put("completionDetails", status.get("completionDetails"));
      boolean isGood = "Succeeded".equals(status.get("jobState"));
      if (!isGood && !"Failed".equals(status.get("jobState"))) {
        return TaskResult.builder(ExecutionStatus.RUNNING).context(found).outputs(found).build();
      }
      Object container = context.get("propertyFile");
      if (container != null) {
        Map<String, Object> reported = clouddriver.properties(app, account, location, name, container.toString());
        if (map(reported).isEmpty() && isGood) {
          throw new ConfigurationException("Expected properties file: " + container + " in job: " + name);
        }
        found.put("propertyFileContents", map(reported));
        found.putAll(map(reported));
      }
      if (!isGood) {
        context.putAll(found);
        repository.updateStageContext(stage);
        throw new JobFailedException(reason(status));
      }
      return succeeded(found);
    }

    private static String reason(Map<String, Object> status) {
      return String.format(
          "Job: '%s' failed. Reason: %s. Details: %s. Additional Details: %s",
          status.get("name"), status.get("reason"), status.get("message"), status.get("failureDetails"));
    }
  }

  @Component
  static class WaitForJudgment extends Polling {
    @Override
    public TaskResult execute(StageExecution stage) {
      switch (String.valueOf(stage.getContext().get("judgmentStatus")).toLowerCase()) {
        case "continue":
          return TaskResult.SUCCEEDED;
        case "stop":
          return TaskResult.TERMINAL;
        default:
          return TaskResult.RUNNING;
      }
    }
  }

  /** A canary that is content at once. */
  @Component
  static class Canary implements Task {
    @Override
    public TaskResult execute(StageExecution stage) {
      return succeeded(Map.of("canaryScores", List.of(95.0), "canaryScoreMessage", "Final canary score 95.0"));
    }
  }
}
