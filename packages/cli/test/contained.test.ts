import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { writeNpy } from '@kirchhoff/explain';
import { tensor } from '@kirchhoff/graph';
import { afterEach, describe, expect, test } from 'vitest';
import { openDesk, type Desk } from './terminal.js';

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
};

const pngOf = (side: number): string => {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.writeUInt8(8, 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  const parts = [
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat(parts).toString('base64');
};

let desk: Desk;
afterEach(() => {
  desk.clear();
});

const document = (model: string, change: Readonly<Record<string, unknown>>): void => {
  const path = join(desk.folder, model, 'model.json');
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }));
};

/** The head of a PNG of 50,000 by 50,000, and no pixels. */
const hugePng = pngOf(50_000);

const lenet = { copy: 'models/mnist-lenet' };

describe('what is written', () => {
  test('compare keeps models of any names apart, in its own folder', async () => {
    desk = openDesk({ a: lenet, b: lenet, c: lenet });
    document('a', { name: '..' });
    document('b', { name: 'Twin/1' });
    document('c', { name: 'twin:1' });
    const once = ['--limit', '1', '--methods', 'gradient', '--metrics', 'entropy', '--out', 'DIR/deep/out'];
    const said = await desk.run('compare', 'DIR/a', 'DIR/b', 'DIR/c', ...once);
    expect(said.err).toBe('');
    expect(readdirSync(desk.folder).sort()).toEqual(['a', 'b', 'c', 'deep']);
    expect(readdirSync(join(desk.folder, 'deep'))).toEqual(['out']);
    const made = readdirSync(join(desk.folder, 'deep/out')).filter((name) => !name.includes('.'));
    expect(made.sort()).toEqual(['Twin_1', '__', 'twin_1~2']);
    for (const folder of made) expect(existsSync(join(desk.folder, 'deep/out', folder, 'gradient.npy'))).toBe(true);
  });
});

describe('what model.json names', () => {
  test('as a composite is one of the rulebook, never a file', async () => {
    desk = openDesk({ a: lenet, 'secret.json': '{"password": "hunter2"}' });
    document('a', { composite: join(desk.folder, 'secret.json') });
    const { code, err } = await desk.run('inspect', 'DIR/a');
    expect(code).toBe(1);
    expect(err).toContain('DIR/a/model.json /composite: unknown composite "DIR/secret.json"');
    expect(err).not.toContain('hunter2');
    expect(err).not.toContain('password');
  });
});

describe('samples that a model brings', () => {
  const compare = [
    'compare',
    'DIR/a',
    '--limit',
    '1',
    '--methods',
    'gradient',
    '--metrics',
    'entropy',
    '--out',
    'DIR/o',
  ];

  test.each([
    ['{}', 'DIR/a/samples.json: must be a list, found {}'],
    ['[null]', 'DIR/a/samples.json /0: must be an object that holds a text under "text", found null'],
    ['[{}]', 'DIR/a/samples.json /0: must be an object that holds a text under "text", found {}'],
    ['[{"text":5}]', 'DIR/a/samples.json /0: must be an object that holds a text under "text", found {"text":5}'],
    ['[]', 'DIR/a: nsmc-lstm brings no samples; give pictures or arrays with --input, or texts with --text'],
    ['', 'DIR/a/samples.json line 1 column 1: malformed JSON: expected a value, found the end of the text'],
  ])('are texts: %s', async (text, said) => {
    desk = openDesk({ a: { copy: 'models/nsmc-lstm' } });
    writeFileSync(join(desk.folder, 'a/samples.json'), text);
    const { code, err } = await desk.run(...compare);
    expect(err).toBe(`${said}\n`);
    expect(code).toBe(1);
  });

  test('are pictures in bytes, in its own folder', async () => {
    desk = openDesk({ a: { copy: 'models/shapes-cnn' } });
    const images = join(desk.folder, 'a/samples/images.npy');
    writeFileSync(images, writeNpy(tensor('int64', [1, 2, 2, 3], new Float64Array(12))));
    expect((await desk.run(...compare)).err).toBe(
      'DIR/a/samples/images.npy: the pictures are int64[1, 2, 2, 3]; save them as uint8 [N, H, W, C] with one channel or three\n',
    );
    execFileSync('mv', [images, join(desk.folder, 'images.npy')]);
    symlinkSync('../../images.npy', images);
    expect((await desk.run(...compare)).err).toContain('"samples/images.npy" is a link to a file outside');
  });
});

describe('what a person names', () => {
  test('as test cases is a folder, and as a picture has no more pixels than are read', async () => {
    desk = openDesk({ f: 'x', 'huge.png': { base64: hugePng } });
    expect((await desk.run('conformance', 'DIR/f')).err).toBe(
      'DIR/f: there is no test case here; name a folder with model.onnx and test_data_set_0 inside, or one that holds such folders\n',
    );
    expect((await desk.run('explain', 'models/mnist-lenet', '--input', 'DIR/huge.png', '--out', 'DIR/o')).err).toBe(
      'DIR/huge.png: the picture is 50000 high and 50000 wide; pictures of up to 268402689 pixels are read: make it smaller\n',
    );
  });

  test('is no pipe and no device, whatever it is named for', async () => {
    desk = openDesk({});
    execFileSync('mkfifo', [join(desk.folder, 'p'), join(desk.folder, 'p.npy'), join(desk.folder, 'p.json')]);
    const pipe = 'this is a named pipe, which is not read; save what it gives in a file and name that\n';
    const explained = ['explain', 'models/mnist-lenet', '--out', 'DIR/o'];
    const asked: readonly (readonly [readonly string[], string])[] = [
      [[...explained, '--input', 'DIR/p'], `DIR/p: ${pipe}`],
      [[...explained, '--input', 'DIR/p.npy'], `DIR/p.npy: ${pipe}`],
      [['explain', 'models/nsmc-lstm', '--text-file', 'DIR/p', '--out', 'DIR/o'], `DIR/p: ${pipe}`],
      [['inspect', 'DIR/p.json'], `DIR/p.json: ${pipe}`],
      [['inspect', 'models/mnist-lenet', '--composite', 'DIR/p.json'], `DIR/p.json: ${pipe}`],
      [['verify', 'DIR/p.json'], `DIR/p.json: ${pipe}`],
      [['verify', '--replay', 'DIR/p'], `DIR/p: ${pipe}`],
      [['inspect', 'models/mnist-lenet', '--rules', 'DIR'], `DIR/p.json: ${pipe}`],
    ];
    for (const [args, said] of asked) expect((await desk.run(...args)).err).toBe(said);
  });
});
