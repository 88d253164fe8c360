package engine;

import com.netflix.spinnaker.orca.api.pipeline.graph.StageDefinitionBuilder;
import com.netflix.spinnaker.orca.api.pipeline.graph.TaskNode;
import com.netflix.spinnaker.orca.api.pipeline.models.StageExecution;
import org.springframework.stereotype.Component;

/** Stages of modules that are not published. The name of a class without "Stage" is the type. */
class Stages {
  @Component
  static class ManualJudgmentStage implements StageDefinitionBuilder {
    @Override
    public void taskGraph(StageExecution stage, TaskNode.Builder graph) {
      graph.withTask("waitForJudgment", Tasks.WaitForJudgment.class);
    }
  }

  @Component
  static class DeployManifestStage implements StageDefinitionBuilder {
    @Override
    public void taskGraph(StageExecution stage, TaskNode.Builder graph) {
      graph
          .withTask("deployManifest", Tasks.DeployManifest.class)
          .withTask("monitorDeploy", Tasks.MonitorOperation.class)
          .withTask("promoteOutputs", Tasks.PromoteOutputs.class);
    }
  }

  @Component
  static class KayentaCanaryStage implements StageDefinitionBuilder {
    @Override
    public void taskGraph(StageExecution stage, TaskNode.Builder graph) {
      graph.withTask("canary", Tasks.Canary.class);
    }
  }

  /** Undoes nothing: the examples only reach it after a rollout that failed. */
  @Component
  static class UndoRolloutManifestStage implements StageDefinitionBuilder {}
}
