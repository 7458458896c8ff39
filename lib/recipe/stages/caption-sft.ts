/** Caption SFT: the model learns to write dense captions with their times, before it is asked any question. */
import { captionLearning } from '../../eval/index.js';
import { targetCaptions } from '../../rewards/index.js';
import { sftSchema } from '../../train/index.js';
import type { Stage } from '../stage.js';
import { freshSettings, supervised } from './supervised.js';
import { trainerProblems } from './trainer-settings.js';

export const captionSft: Stage = {
  name: 'caption-sft',
  title: 'caption SFT',
  schema: sftSchema,
  defaults: { ...freshSettings, lrSchedulerType: 'cosine', perDeviceTrainBatchSize: 52, numTrainEpochs: 9 },
  inputs: ['captions'],
  outputs: ['model'],
  metrics: ['loss', 'eval_loss'],
  answersQuestions: false,
  check: ({ settings }, { captionsValidation }) => [
    ...trainerProblems(settings, {
      metrics: ['eval_loss'],
      isValidated: captionsValidation !== undefined,
      isFitted: true,
    }),
    ...('directFraction' in settings
      ? [{ path: ['directFraction'], text: "captions have no direct answers; give it to 'sft'" }]
      : []),
  ],
  ...supervised(({ samples: { captions, captionsValidation } }) => ({
    samples: captions,
    validation: captionsValidation,
    completion: targetCaptions,
  })),
  async learning({ model, samples: { captions, captionsValidation } }) {
    return captionsValidation.length === 0 ? null : captionLearning(model, captionsValidation, captions);
  },
};
