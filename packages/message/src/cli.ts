import { didYouMean, show } from './nearest.js';

export const noAssignment = (text: string): string => `${show(text)} is no param=value, such as epsilon=0.25`;

export const noRange = (text: string): string =>
  `${show(text)} is no LOW,HIGH of finite numbers, such as 0,1 or -2.1;-2.0;-1.8,2.2;2.4;2.6 (one bound per channel, separated by ";")`;

export const unevenRange = (low: number, high: number): string =>
  `${low} lower and ${high} upper bounds: give one of each, or one per channel`;

export const emptyRange = (text: string): string => `${show(text)} is empty: a lower bound is above its upper bound`;

export const noTarget = (text: string): string =>
  `${show(text)} is no target; give argmax or the index of an output counted from 0 (3), several (3,5), a sum (3+5) or a contrast (7-1, 7-rest)`;

export const noChoice = (text: string, choices: readonly string[]): string =>
  `${show(text)} is not one of ${choices.join(', ')}${didYouMean(text, choices)}`;

export const emptyArgument = (wanted: string): string => `an empty argument was given; name ${wanted}`;

export const twoRules = 'one --rule at a time: it is put on all weighted nodes';

export const partOfSamples = (shown: number, all: number): string => `the first ${shown} of ${all} samples`;

export const unexpected = (detail: string): string => `this should not have happened (${detail}); please report it`;

export const noTextModel = (model: string): string =>
  `${model} does not say how a text becomes its input; give a model folder whose model.json describes a text input`;
