/** Grades of samples as OmniVideo-R1's tools write them (arXiv 2602.05847), under the names that `metadata` has for them. */

const scores = {
  video_dependency_score: 'videoDependency',
  audio_dependency_score: 'audioDependency',
  question_logic_score: 'questionLogic',
  answer_accuracy_score: 'answerAccuracy',
  composite_score: 'composite',
};

/** `metadata` with them beside what it has; values are not looked at. A category of null is `none`. */
export function withGrades(
  metadata: Record<string, unknown> | undefined,
): Record<string, unknown> | undefined {
  const { quality_evaluation: quality, question_classification: classification } = metadata ?? {};
  const graded = fieldsOf(fieldsOf(quality).scores);
  const grades = Object.entries(scores).map(([written, name]) => [name, graded[written]]);
  const { should_filter: shouldFilter } = fieldsOf(quality);
  const { category_name: category } = fieldsOf(classification);
  const found = Object.entries({
    ...Object.fromEntries(grades),
    shouldFilter,
    category: category === null ? 'none' : category,
  }).filter(([, value]) => value !== undefined);
  return found.length === 0 ? metadata : { ...Object.fromEntries(found), ...metadata };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
