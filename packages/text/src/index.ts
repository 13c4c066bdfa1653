export {
  checkTextInput,
  decodeText,
  textJson,
  tokenizerNames,
  type MorphemeSpec,
  type TextSpec,
  type TokenForm,
  type TokenizerName,
  type WordSpec,
} from './spec.js';
export { decodeVocabulary, type Vocabulary } from './vocabulary.js';
export { decodeSampleTexts } from './samples.js';
export { loadTokenizer, type Tokenizer } from './tokenizer.js';
export { cutWord, type Part } from './align.js';
export { segmentText, tokenName, type Morpheme, type Segment, type Token, type Tokens } from './tokens.js';
export { encodeText, encodeTexts, makeTextReader, type NamedText, type TextReader } from './encode.js';
export { segmentRelevance, tokenRelevance } from './relevance.js';
