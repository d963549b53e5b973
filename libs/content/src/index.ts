export { contentElement, readContent, UnreadableContent } from './element.ts';
export { type Choice, choicesOf, plainRendering, typedChoice } from './plain.ts';
