package engine;

import com.netflix.spinnaker.orca.api.pipeline.CancellableStage;
import com.netflix.spinnaker.orca.api.pipeline.graph.StageDefinitionBuilder;
import com.netflix.spinnaker.orca.api.pipeline.graph.TaskNode;
import com.netflix.spinnaker.orca.api.pipeline.models.StageExecution;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/** The Run Job stage for Kubernetes. Orca's own is not published; this one behaves as it does. */
@Component
public class RunJobStage implements StageDefinitionBuilder, CancellableStage {
  private static final List<String> RESULTS_OF_A_RUN =
      List.of("jobStatus", "completionDetails", "propertyFileContents", "deploy.jobs");

  @Override
  public void taskGraph(StageExecution stage, TaskNode.Builder graph) {
    graph
        .withTask("runJob", Tasks.RunJob.class)
        .withTask("monitorDeploy", Tasks.MonitorOperation.class)
        .withTask("promoteOutputs", Tasks.PromoteOutputs.class);
    // A dynamic parameter is a text.
    if (!"false".equals(String.valueOf(stage.getContext().get("waitForCompletion")))) {
      graph.withTask("waitOnJobCompletion", Tasks.WaitOnJob.class);
    }
  }

  /** What the Job reported before stays in the context; only these keys move. */
  @Override
  @SuppressWarnings("unchecked")
  public void prepareStageForRestart(StageExecution stage) {
    Map<String, Object> context = stage.getContext();
    var details = (Map<String, Object>) context.computeIfAbsent("restartDetails", key -> new LinkedHashMap<>());
    for (String key : RESULTS_OF_A_RUN) {
      if (context.containsKey(key)) {
        details.put(key, context.remove(key));
      }
    }
  }

  /** The Job is not stopped: Clouddriver cannot cancel a Job of Kubernetes. */
  @Override
  public Result cancel(StageExecution stage) {
    return new Result(stage, new LinkedHashMap<>());
  }
}
