import { channelCount, imageJson, inputJson, modelJson, type ImageSpec } from '@kirchhoff/explain';
import { textJson } from '@kirchhoff/text';
import type { JsonSchema } from '@kirchhoff/graph';
import type { Problem } from '@kirchhoff/message';
import { noted, refTo, schemaDocument, schemaNote, whereIs } from './noted.js';

const perChannel = (channels: string, count: number): JsonSchema => {
  const length = { minItems: count, maxItems: count };
  return whereIs('channels', channels, { properties: { mean: length, std: length } });
};

/** The JSON Schema of `model.json`. Names of inputs and classes, and files, are texts to it. */
export const modelSchema = (problems: Problem[]): JsonSchema => {
  const image = noted(
    imageJson,
    {
      channels: 'Whether the picture is read as grey or as red, green and blue.',
      size: '[height, width] in pixels.',
      scale: 'Each value (0 to 255) becomes (value * scale - mean) / std. Default: 1.',
      mean: 'One for each channel. Default: 0.',
      std: 'One for each channel, none of them 0. Default: 1.',
      layout: 'The order of the axes: batch, channels, height, width. Default: NCHW.',
    },
    problems,
    { std: { type: 'array', items: { type: 'number', not: { const: 0 } } } },
  );
  const text = noted(
    textJson,
    {
      tokenizer: 'What cuts a text: garu-ko into Korean morphemes, whitespace at white space, words into words.',
      vocabulary: 'A file beside this one: a list of tokens in the order of their ids, or an object of ids.',
      unknown: 'The id of tokens that the vocabulary lacks.',
      maximum: 'How many tokens the model reads; of a longer text, the first ones.',
      padding: 'The id that fills up sequences.',
      form: 'How garu-ko writes a token in the vocabulary: with its part of speech or without. Default: form/POS.',
      lowercase: 'Whether words are looked up in lower case. Default: false.',
    },
    problems,
  );
  const input = noted(
    inputJson,
    { image: 'How a picture becomes the input.', text: 'How a text becomes the input.' },
    problems,
    { image: refTo('image'), text: refTo('text') },
  );
  const model = noted(
    modelJson,
    {
      format: 'The format of the document.',
      name: 'The name of the model.',
      graph: 'The graph document beside this one.',
      $schema: schemaNote,
      summary: 'What the model decides, in a sentence.',
      card: 'A file beside this one that describes data, training and quality.',
      labels: "Names of the outputs' classes, in order.",
      composite: 'The composite that governs the model where nobody names one.',
      withoutRewrites: 'Rewrites that are left out whenever the model is opened.',
      batch:
        'By name of the graph\'s input: the axis of its samples, counted from 0, or "none". Default: what is proved.',
      inputs: "By name of the graph's input: how something a person has becomes it.",
    },
    problems,
    { inputs: { type: 'object', additionalProperties: refTo('input') } },
  );
  return schemaDocument('Kirchhoff model', model, {
    input: { ...input, minProperties: 1, maxProperties: 1 },
    image: {
      ...image,
      allOf: Object.entries<number>(channelCount satisfies Record<ImageSpec['channels'], number>).map(
        ([channels, count]) => perChannel(channels, count),
      ),
    },
    text: {
      ...text,
      ...whereIs('tokenizer', 'garu-ko', { properties: { lowercase: false } }, { properties: { form: false } }),
    },
  });
};
