/** Recipes: their stages, and the engine that runs them. */
export { badText, retryWithout, usableSamples } from './bad-clips.js';
export { type Display, noDisplay, type Progress, type ProgressOptions } from './display.js';
export { estimateSeconds, estimateText } from './estimate.js';
export { freshDefaults } from './fresh-defaults.js';
export { Interrupted } from './interrupted.js';
export { limitAdvice } from './limit-advice.js';
export { openFolder } from './open-folder.js';
export {
  ChanceError,
  dataFolders,
  type PipelineOptions,
  type PipelineResult,
  runRecipe,
  type Stage,
  stageAccuracy,
  stageTitle,
} from './pipeline.js';
export { predictMemory } from './predict-memory.js';
export { type Recipe, readRecipe } from './recipe.js';
export { openModel, readData } from './recipe-data.js';
export { trainingTitles } from './stages.js';
