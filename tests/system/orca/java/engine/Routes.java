package engine;

import static com.netflix.spinnaker.orca.api.pipeline.models.ExecutionType.PIPELINE;

import com.netflix.spinnaker.kork.web.exceptions.InvalidRequestException;
import com.netflix.spinnaker.orca.api.pipeline.ExecutionPreprocessor;
import com.netflix.spinnaker.orca.api.pipeline.models.PipelineExecution;
import com.netflix.spinnaker.orca.api.pipeline.models.StageExecution;
import com.netflix.spinnaker.orca.jackson.OrcaObjectMapper;
import com.netflix.spinnaker.orca.pipeline.CompoundExecutionOperator;
import com.netflix.spinnaker.orca.pipeline.ExecutionLauncher;
import com.netflix.spinnaker.orca.pipeline.StageDefinitionBuilderFactory;
import com.netflix.spinnaker.orca.pipeline.persistence.ExecutionRepository;
import com.netflix.spinnaker.orca.pipeline.util.ArtifactUtils;
import com.netflix.spinnaker.orca.pipeline.util.ContextParameterProcessor;
import com.netflix.spinnaker.security.AuthenticatedRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of Orca that the test uses. Orca's web module is not published; what the routes call is. */
@RestController
class Routes {
  private final ExecutionRepository repository;
  private final CompoundExecutionOperator operator;
  private final ExecutionLauncher launcher;
  private final ArtifactUtils artifacts;
  private final ContextParameterProcessor expressions;
  private final StageDefinitionBuilderFactory stages;
  private final List<ExecutionPreprocessor> preprocessors;

  Routes(
      ExecutionRepository repository,
      CompoundExecutionOperator operator,
      ExecutionLauncher launcher,
      ArtifactUtils artifacts,
      ContextParameterProcessor expressions,
      StageDefinitionBuilderFactory stages,
      List<ExecutionPreprocessor> preprocessors) {
    this.repository = repository;
    this.operator = operator;
    this.launcher = launcher;
    this.artifacts = artifacts;
    this.expressions = expressions;
    this.stages = stages;
    this.preprocessors = preprocessors;
  }

  private static String user() {
    return AuthenticatedRequest.getSpinnakerUser().orElse("anonymous");
  }

  @PostMapping("/orchestrate")
  @SuppressWarnings("unchecked")
  Map<String, Object> orchestrate(@RequestBody Map<String, Object> pipeline) {
    if (pipeline.get("id") == null) {
      throw new InvalidRequestException("Path parameter \"pipelineId\" value must not be null.");
    }
    pipeline.putIfAbsent("origin", AuthenticatedRequest.getSpinnakerUserOrigin().orElse("unknown"));
    var trigger = (Map<String, Object>) pipeline.computeIfAbsent("trigger", key -> new LinkedHashMap<>());
    trigger.putIfAbsent("type", "manual");
    trigger.putIfAbsent("user", user());
    trigger.putIfAbsent("parameters", new LinkedHashMap<String, Object>());
    for (ExecutionPreprocessor preprocessor : preprocessors) {
      if (preprocessor.supports(pipeline, ExecutionPreprocessor.Type.PIPELINE)) {
        pipeline = preprocessor.process(pipeline);
      }
    }
    artifacts.resolveArtifacts(pipeline);
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("trigger", OrcaObjectMapper.getInstance().convertValue(pipeline.get("trigger"), Map.class));
    PipelineExecution started = launcher.start(PIPELINE, expressions.processPipeline(pipeline, context, false));
    return Map.of("ref", "/pipelines/" + started.getId());
  }

  @GetMapping("/pipelines/{id}")
  PipelineExecution read(@PathVariable String id) {
    return repository.retrieve(PIPELINE, id);
  }

  /** A change that fails is answered with 200 and an empty body, as Orca does. */
  @PatchMapping("/pipelines/{id}/stages/{stageId}")
  PipelineExecution patch(
      @PathVariable String id, @PathVariable String stageId, @RequestBody Map<String, Object> settings) {
    return operator.updateStage(PIPELINE, id, stageId, stage -> change(stage, settings));
  }

  private void change(StageExecution stage, Map<String, Object> settings) {
    boolean isSkip = Boolean.TRUE.equals(settings.get("manualSkip"));
    if (isSkip && !stages.builderFor(stage).canManuallySkip(stage)) {
      throw new IllegalArgumentException("stage " + stage.getId() + " does not allow a manual skip");
    }
    stage.getContext().putAll(settings);
    var modified = new StageExecution.LastModifiedDetails();
    modified.setUser(user());
    modified.setAllowedAccounts(List.of());
    modified.setLastModifiedTime(System.currentTimeMillis());
    stage.setLastModified(modified);
    stage.getContext().put("lastModifiedBy", user());
  }

  @PutMapping("/pipelines/{id}/cancel")
  @ResponseStatus(HttpStatus.ACCEPTED)
  void cancel(@PathVariable String id, @RequestParam(required = false) String reason) {
    operator.cancel(PIPELINE, id, user(), reason);
  }

  @PutMapping("/pipelines/{id}/stages/{stageId}/restart")
  PipelineExecution restart(@PathVariable String id, @PathVariable String stageId) {
    return operator.restartStage(id, stageId, Map.of());
  }
}
