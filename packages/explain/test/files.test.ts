import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNonFinite, formatGraph, toNumbers } from '@kirchhoff/graph';
import { printProblems, Refusal, type Problem } from '@kirchhoff/message';
import { backends } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openModelFolder, readPicture, writeAtomically, type ModelFolder } from '../src/node.js';
import type { ImageSpec } from '../src/model-document.js';

const lenet = fileURLToPath(new URL('../../../models/mnist-lenet', import.meta.url));
const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};
const told = (either: E.Either<readonly Problem[], unknown>): string =>
  E.isLeft(either) ? printProblems(either.left) : 'fine';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A copy of the digit model, for harm. */
const copyOfLenet = (): string => {
  const copy = join(folder, 'lenet');
  mkdirSync(copy);
  for (const name of ['model.json', 'graph.json', 'weights.safetensors']) cpSync(join(lenet, name), join(copy, name));
  return copy;
};
const change = (path: string, from: string, to: string): void => {
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
};

const specOf = (model: ModelFolder): ImageSpec => {
  const spec = model.document.inputs['image'];
  if (spec === undefined || !('image' in spec)) throw new Error('the model takes no picture');
  return spec.image;
};

describe('the digit model', () => {
  test('opens, with weights that an engine can map', () => {
    const model = right(openModelFolder(lenet));
    expect(model.document.labels).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(model.graph.nodes.map(({ name }) => name)).toEqual([
      'conv1',
      'relu1',
      'pool1',
      'conv2',
      'relu2',
      'pool2',
      'flatten',
      'fc1',
      'relu3',
      'fc2',
    ]);
    expect(model.store.get('fc1.weight')?.shape).toEqual([128, 800]);
    expect(model.store.get('fc1.weight')?.file).toMatchObject({
      folder: lenet,
      name: 'weights.safetensors',
      length: 409600,
    });
    expect(findNonFinite(model.store)).toEqual([]);
  });

  test('gives the logits that PyTorch gives for every sample', async () => {
    const model = right(openModelFolder(lenet));
    const wanted = JSON.parse(readFileSync(join(lenet, 'samples/logits.json'), 'utf8')) as Record<string, number[]>;
    expect(Object.keys(wanted).length).toBe(11);
    const session = await backends.ort.compile(model.graph, model.store, { threads: 1 });
    try {
      for (const [sample, logits] of Object.entries(wanted)) {
        const { tensor } = right(await readPicture(join(lenet, 'samples', `${sample}.png`), specOf(model)));
        const { fc2 } = await session.run({ image: tensor });
        const found = fc2 ? [...toNumbers(fc2.data)] : [];
        expect(found.length).toBe(10);
        found.forEach((value, k) => expect(Math.abs(value - (logits[k] ?? Number.NaN))).toBeLessThan(2e-5));
      }
    } finally {
      await session.close();
    }
  });

  test('the graph document holds what formatGraph writes', () => {
    const { graph } = right(openModelFolder(lenet));
    expect(JSON.parse(readFileSync(join(lenet, 'graph.json'), 'utf8'))).toEqual(JSON.parse(formatGraph(graph)));
  });
});

describe('openModelFolder refuses', () => {
  test('a folder that is not there, and a file', () => {
    mkdirSync(join(folder, 'lenet'));
    expect(told(openModelFolder(join(folder, 'lenett')))).toBe(
      `${folder}/lenett: there is no such folder (did you mean "lenet"?)`,
    );
    writeFileSync(join(folder, 'file'), '');
    expect(told(openModelFolder(join(folder, 'file')))).toBe(
      `${folder}/file: this is a file; name the folder of a model, which holds model.json`,
    );
  });

  test('missing documents, and a folder where a document is due', () => {
    const copy = copyOfLenet();
    change(join(copy, 'model.json'), '"graph.json"', '"grahp.json"');
    expect(told(openModelFolder(copy))).toBe(`${copy}/grahp.json: there is no such file (did you mean "graph.json"?)`);
    rmSync(join(copy, 'model.json'));
    expect(told(openModelFolder(copy))).toMatch(
      /\/lenet: this folder holds no model\.json; name a model folder that does, .+; here: graph\.json$/,
    );
    mkdirSync(join(copy, 'model.json'));
    expect(told(openModelFolder(copy))).toBe(`${copy}/model.json: this is a folder; name a file`);
  });

  test('malformed JSON and invalid documents, with the place in the file', () => {
    const copy = copyOfLenet();
    change(join(copy, 'graph.json'), '"Relu"', '"Rellu"');
    expect(told(openModelFolder(copy))).toBe(
      `${copy}/graph.json /nodes/1/op: unknown operator "Rellu" (did you mean "Relu"?)`,
    );
    change(join(copy, 'graph.json'), '"kirchhoff-graph/1",', '"kirchhoff-graph/1"');
    expect(told(openModelFolder(copy))).toBe(
      `${copy}/graph.json line 3 column 3: malformed JSON: expected "," or "}", found "name"`,
    );
    change(join(copy, 'model.json'), '"graph.json"', '"../graph.json"');
    expect(told(openModelFolder(copy))).toContain(`${copy}/model.json /graph: the file "../graph.json" lies outside`);
  });

  test('a document that contradicts its graph', () => {
    const copy = copyOfLenet();
    change(join(copy, 'model.json'), '"grey"', '"rgb"');
    expect(told(openModelFolder(copy))).toContain(
      `${copy}/model.json /inputs/image: the graph takes [N, 1, 28, 28], but such a picture gives [1, 3, 28, 28]`,
    );
  });

  test('missing, foreign and truncated weights', () => {
    const copy = copyOfLenet();
    const weights = join(copy, 'weights.safetensors');
    change(join(copy, 'graph.json'), '"fc2.bias": { "file"', '"fc2.bias": { "key": "fc2.bais", "file"');
    expect(told(openModelFolder(copy))).toBe(
      `${copy}/graph.json /tensors/fc2.bias: weights.safetensors holds no tensor "fc2.bais" (did you mean "fc2.bias"?)`,
    );
    truncateSync(weights, 455000);
    expect(told(openModelFolder(copy))).toBe(
      `${weights}: truncated: tensor "fc2.weight" ends at byte 455640, but the file has 455000; copy or download it again`,
    );
    writeFileSync(weights, 'weights');
    expect(told(openModelFolder(copy))).toBe(
      `${weights}: this is no safetensors file: 7 bytes, but the header's length alone takes 8`,
    );
    rmSync(weights);
    expect(told(openModelFolder(copy))).toBe(`${weights}: there is no such file`);
  });

  test('weights that vanish after opening, when they are read', () => {
    const copy = copyOfLenet();
    const model = right(openModelFolder(copy));
    rmSync(join(copy, 'weights.safetensors'));
    expect(() => model.store.get('fc2.bias')?.read()).toThrow(Refusal);
  });
});

describe('readPicture', () => {
  const spec: ImageSpec = { channels: 'rgb', size: [2, 3], scale: 1, mean: [0, 0, 0], std: [1, 1, 1], layout: 'NHWC' };
  const pixels = Buffer.from(Array.from({ length: 18 }, (_, i) => 10 * i));
  const picture = () => sharp(pixels, { raw: { width: 3, height: 2, channels: 3 } });

  test.each(['png', 'webp', 'tiff'] as const)('reads lossless %s exactly', async (format) => {
    const path = join(folder, `p.${format}`);
    await (
      format === 'webp'
        ? picture().webp({ lossless: true })
        : format === 'tiff'
          ? picture().tiff({ compression: 'lzw' })
          : picture().png()
    ).toFile(path);
    const { tensor, original } = right(await readPicture(path, spec));
    expect([...toNumbers(tensor.data)]).toEqual([...pixels]);
    expect(tensor.shape).toEqual([1, 2, 3, 3]);
    expect(original).toEqual([2, 3]);
  });

  test.each(['jpeg', 'gif', 'avif'] as const)('reads %s', async (format) => {
    const path = join(folder, `p.${format}`);
    await sharp({ create: { width: 3, height: 2, channels: 3, background: '#ff8000' } })
      .toFormat(format)
      .toFile(path);
    const { tensor } = right(await readPicture(path, spec));
    toNumbers(tensor.data).forEach((value, i) =>
      expect(Math.abs(value - ([255, 128, 0][i % 3] ?? 0))).toBeLessThan(10),
    );
  });

  test('resizes what has another size and says what it was', async () => {
    const path = join(folder, 'large.png');
    await sharp({ create: { width: 40, height: 30, channels: 4, background: '#ffffff' } })
      .png()
      .toFile(path);
    const { tensor, raster, original } = right(await readPicture(path, spec));
    expect([raster.height, raster.width]).toEqual([2, 3]);
    expect(original).toEqual([30, 40]);
    expect(new Set(toNumbers(tensor.data))).toEqual(new Set([255]));
  });

  test('turns a picture upright', async () => {
    const path = join(folder, 'turned.png');
    await sharp(Buffer.from([1, 2, 3, 4, 5, 6]), { raw: { width: 2, height: 3, channels: 1 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toFile(path);
    const { tensor, original } = right(await readPicture(path, { ...spec, channels: 'grey', mean: [0], std: [1] }));
    expect(original).toEqual([2, 3]);
    expect([...toNumbers(tensor.data)]).toEqual([5, 3, 1, 6, 4, 2]);
  });

  test('16 bits become 8', async () => {
    const path = join(folder, 'deep.png');
    await sharp(Uint16Array.from(Array.from({ length: 6 }, (_, i) => i * 10 * 257)), {
      raw: { width: 3, height: 2, channels: 1 },
    })
      .toColourspace('grey16')
      .png()
      .toFile(path);
    expect((await sharp(path).metadata()).depth).toBe('ushort');
    const { tensor } = right(await readPicture(path, { ...spec, channels: 'grey', mean: [0], std: [1] }));
    expect([...toNumbers(tensor.data)]).toEqual([0, 10, 20, 30, 40, 50]);
  });

  test('refuses what is no picture', async () => {
    const none = 'this is no picture that can be read (PNG, JPEG, WebP, GIF, TIFF, AVIF); convert it to one of these';
    writeFileSync(join(folder, 'photo.txt'), 'a cat');
    expect(told(await readPicture(join(folder, 'photo.txt'), spec))).toBe(`${folder}/photo.txt: ${none}`);
    writeFileSync(join(folder, 'empty.png'), '');
    expect(told(await readPicture(join(folder, 'empty.png'), spec))).toBe(`${folder}/empty.png: ${none}`);
    writeFileSync(join(folder, 'drawing.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>');
    expect(told(await readPicture(join(folder, 'drawing.svg'), spec))).toBe(`${folder}/drawing.svg: ${none}`);
    expect(told(await readPicture(folder, spec))).toBe(`${folder}: this is a folder; name a file`);
    expect(told(await readPicture(join(folder, 'photo.tx'), spec))).toBe(
      `${folder}/photo.tx: there is no such file (did you mean "photo.txt"?)`,
    );
  });

  test('refuses a damaged picture', async () => {
    const path = join(folder, 'half.png');
    const noise = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251));
    const whole = await sharp(noise, { raw: { width: 50, height: 20, channels: 3 } })
      .png()
      .toBuffer();
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    expect(told(await readPicture(path, spec))).toMatch(
      /half\.png: the picture is damaged or incomplete \(.+\); copy it again/,
    );
  });
});

describe('writeAtomically', () => {
  test('makes folders, writes, overwrites, leaves nothing else', () => {
    const path = join(folder, 'a/b/c.json');
    right(writeAtomically(path, 'one'));
    right(writeAtomically(path, Uint8Array.of(50)));
    expect(readFileSync(path, 'utf8')).toBe('2');
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['c.json']);
  });

  test('does not write over a folder or through a file', () => {
    mkdirSync(join(folder, 'out'));
    expect(told(writeAtomically(join(folder, 'out'), 'x'))).toBe(
      `${folder}/out: a folder stands here; choose another file name`,
    );
    writeFileSync(join(folder, 'file'), 'x');
    expect(told(writeAtomically(join(folder, 'file/c.json'), 'x'))).toBe(
      `${folder}/file: a file stands where a folder is needed; choose another place`,
    );
    expect(readdirSync(folder).sort()).toEqual(['file', 'out']);
  });

  test('where writing fails the old file stays', () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    writeFileSync(join(locked, 'a'), 'old');
    chmodSync(locked, 0o500);
    const written = writeAtomically(join(locked, 'a'), 'new');
    chmodSync(locked, 0o700);
    expect(readFileSync(join(locked, 'a'), 'utf8')).toBe(E.isRight(written) ? 'new' : 'old');
    expect(readdirSync(locked)).toEqual(['a']);
  });
});
