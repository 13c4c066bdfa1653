import type { AnalyzeResult } from 'garu-ko';

/** What garu-ko finds in a text; its spans are those of words, in code points. */
export type Analyzer = (text: string) => AnalyzeResult;

/** What each module that `#garu` stands for exports. */
export type OpenAnalyzer = () => Promise<Analyzer>;
