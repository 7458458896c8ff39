/** Answers to the validation samples. */
import { type Answered, answerLearning, evaluate, type Learning } from '../../eval/index.js';
import { recipeProtocol } from '../protocol.js';
import { answerLimit, type StageContext } from '../stage.js';

function answerValidation({ model, recipe, samples }: StageContext): Promise<Answered[]> {
  return evaluate(model, samples.validation, {
    views: ['av'],
    maxNewTokens: answerLimit(recipe),
    protocol: recipeProtocol(recipe),
  });
}

/** What the model has learned by its answers to the validation samples, or null where there are none. */
export async function answersLearning(context: StageContext): Promise<Learning | null> {
  const { validation, withRationale, answerOnly } = context.samples;
  if (validation.length === 0) return null;
  return answerLearning(await answerValidation(context), [...withRationale, ...answerOnly]);
}
