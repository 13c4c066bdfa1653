export { koreanSubsets, notoSans, notoSansFor, withKorean } from './font.js';
export { drawSheet, drawTexts } from './draw.js';
