export { contentElement, readContent, UnreadableContent } from './element.ts';
export { type Choice, choicesOf, plainRendering, templateChoices, typedChoice } from './plain.ts';
