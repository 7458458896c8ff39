/** Recipes: stages as values, and the engine that runs a list of them. */
export { badText, retryWithout, usableSamples } from './bad-clips.js';
export { type Display, noDisplay, type Progress, type ProgressOptions } from './display.js';
export { dryRuns, dryRunsText } from './dry-runs.js';
export {
  dataFolders,
  type RecipeResult,
  type RunRecipeOptions,
  runRecipe,
  stageAccuracy,
} from './engine.js';
export { estimateSeconds, estimateText } from './estimate.js';
export { Interrupted } from './interrupted.js';
export { ChanceError } from './learning-check.js';
export { limitAdvice } from './limit-advice.js';
export { openFolder, openModel } from './open-model.js';
export { predictMemory } from './predict-memory.js';
export { promptTokens } from './prompt-length.js';
export { readRecipeSamples } from './read-samples.js';
export { type ReadOptions, readRecipe } from './reading/recipe.js';
export { stageSettings } from './records/command-settings.js';
export type { RecordJob, RecordStage } from './records/record-stage.js';
export { fileDigest } from './records/record-work.js';
export { dataOfRun } from './run-folder.js';
export {
  type FinishedStage,
  finishedTitle,
  inputFile,
  type MemoryRow,
  type Recipe,
  type RunOptions,
  type Stage,
  type StageContext,
  type StageResult,
  type StageUse,
  stageNotes,
  startOf,
  titleOf,
} from './stage.js';
export { labelSchema } from './stages/build-pairs.js';
export { recordStages, stageList } from './stages/list.js';
