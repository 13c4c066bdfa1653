import * as fc from 'fast-check';
import { toNumbers } from '@kirchhoff/graph';
import { describe, expect, it } from 'vitest';
import { AttributeProto_AttributeType as Kind, TensorProto_DataType as Code } from '../src/generated/onnx_pb.js';
import { fromFloat16 } from '../src/half.js';
import { chain, int, ints, model, read, refusal, value, type AttributeInit, type TensorInit } from './model.js';

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** The numbers of one initializer, read back. */
const numbersOf = (tensor: TensorInit, elemType?: number): readonly number[] => {
  const { store } = read(
    model({
      name: 'one',
      input: [value('x', [2], elemType)],
      output: [{ name: 'y' }],
      initializer: [{ name: 'w', dims: [2n], ...tensor }],
      node: [{ opType: 'Add', input: ['x', 'w'], output: ['y'] }],
    }),
  );
  return [...toNumbers(store.get('w')!.read())];
};

describe('what is no model', () => {
  it('is an empty file', () => {
    expect(refusal(new Uint8Array())).toMatch(/^model\.onnx: this is no ONNX model \(the file is empty\)/);
  });
  it('is a text', () => {
    const text = Uint8Array.from('this is a letter, not a model\n', (letter) => letter.charCodeAt(0));
    expect(refusal(text)).toMatch(/^model\.onnx: this is no ONNX model \(/);
  });
  it('is a model cut off in the middle', () => {
    const whole = model(chain({ opType: 'Relu', input: ['x'], output: ['y'] }));
    for (let length = 1; length < whole.length; length++)
      expect(refusal(whole.subarray(0, length))).toContain('model.onnx: ');
  });
  it('may be anything: it is read or refused, and never stops the program', () => {
    const whole = model(chain({ opType: 'Softmax', input: ['x'], output: ['y'], attribute: [int('axis', 1)] }), 11);
    const at = fc.nat(whole.length - 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [place, byte] of changes) bytes[place] = byte;
        expect(refusal(bytes)).not.toBe('');
      }),
      { seed: 42, numRuns: 500 },
    );
  });
});

describe('a model that is wrong in one place', () => {
  it('is told of that one alone, not of what follows from it', () => {
    const nodes = [
      { opType: 'Det', input: ['x'], output: ['a'] },
      { opType: 'Softmax', input: ['a'], output: ['y'], attribute: [int('axis', 1)] },
    ];
    expect(refusal(model(chain(...nodes), 11))).toBe(
      'model.onnx: operator Det is not supported (node a); export the model without it',
    );
  });
});

describe('opsets', () => {
  const relu = chain({ opType: 'Relu', input: ['x'], output: ['y'] });
  it.each([1, 6, 7, 13, 21, 22, 25])('reads opset %i', (opset) => {
    expect(read(model(relu, opset)).graph.nodes).toEqual([{ name: 'y', op: 'Relu', inputs: ['x'] }]);
  });
  it.each([0, 26])('refuses opset %i', (opset) => {
    expect(refusal(model(relu, opset))).toContain(`the model uses opset ${opset}, but opsets 1 to 25 are read`);
  });
  it('refuses a model that imports other domains only', () => {
    expect(refusal(model(relu, 1, 'com.microsoft'))).toContain('does not say which opset');
  });
  it('turns the axes of a reduction into an input', () => {
    const node = {
      opType: 'ReduceMean',
      input: ['x'],
      output: ['y'],
      attribute: [ints('axes', -1), int('keepdims', 0)],
    };
    const { graph } = read(model(chain(node)));
    expect(graph.nodes).toEqual([{ name: 'y', op: 'ReduceMean', inputs: ['x', 'y/axes'], attrs: { keepdims: 0 } }]);
    expect(graph.tensors).toEqual({ 'y/axes': { type: 'int64', shape: [1], data: [-1] } });
    expect(refusal(model(chain(node), 18))).toContain('axes');
  });
  it('counts the parts of an equal Split', () => {
    const { graph } = read(
      model(chain({ opType: 'Split', input: ['x'], output: ['y', 'z'], attribute: [int('axis', 1)] })),
    );
    expect(graph.nodes[0]).toEqual({
      name: 'y',
      op: 'Split',
      inputs: ['x'],
      outputs: ['z'],
      attrs: { axis: 1, num_outputs: 2 },
    });
  });
  it('refuses operators that the opset does not have', () => {
    expect(refusal(model(chain({ opType: 'Gelu', input: ['x'], output: ['y'] })))).toContain('Gelu (in opset 17)');
  });
});

describe('operators', () => {
  it('names all that are unsupported at once, with their nodes', () => {
    const text = refusal(
      model(
        chain(
          { name: 'a', opType: 'Det', input: ['x'], output: ['p'] },
          { name: 'b', opType: 'Det', input: ['p'], output: ['q'] },
          { name: 'c', opType: 'NhwcMaxPool', domain: 'com.microsoft', input: ['q'], output: ['y'] },
        ),
      ),
    );
    expect(text.split('\n')).toEqual([
      expect.stringContaining('model.onnx: operator Det is not supported (2 nodes: a, b)'),
      expect.stringContaining('model.onnx: operator com.microsoft.NhwcMaxPool is not supported (node c)'),
    ]);
  });
  it('refuses a Loop without a body', () => {
    expect(refusal(model(chain({ opType: 'Loop', input: ['x'], output: ['y'] })))).toContain(
      'Loop (node y) has no body',
    );
  });
  it.each([
    ['QLinearSoftmax', 'give the model as it was before it was quantised'],
    ['SplitToSequence', 'export the model with tensors only'],
  ])('says what to do about %s', (opType, remedy) => {
    expect(refusal(model(chain({ opType, input: ['x'], output: ['y'] })))).toBe(
      `model.onnx: operator ${opType} is not supported (node y); ${remedy}`,
    );
  });
  it('names a node after its first output, and invents a name where that is omitted', () => {
    const { graph } = read(
      model({
        name: 'lstm',
        input: [value('x', ['T', 'N', 2])],
        output: [{ name: 'h' }],
        initializer: ['w', 'r'].map((name) => ({
          name,
          dataType: Code.FLOAT,
          dims: [1n, 4n, name === 'w' ? 2n : 1n],
          floatData: Array.from({ length: name === 'w' ? 8 : 4 }, () => 0.5),
        })),
        node: [
          {
            name: 'layer',
            opType: 'LSTM',
            input: ['x', 'w', 'r', ''],
            output: ['', 'h', ''],
            attribute: [int('hidden_size', 1)],
          },
        ],
      }),
    );
    expect(graph.nodes).toEqual([
      { name: 'layer', op: 'LSTM', inputs: ['x', 'w', 'r'], outputs: ['h'], attrs: { hidden_size: 1 } },
    ]);
  });
  it('refuses attributes that the operator does not have, or of another kind', () => {
    const odd = (attribute: ReturnType<typeof int>) =>
      refusal(model(chain({ opType: 'Flatten', input: ['x'], output: ['y'], attribute: [attribute] })));
    expect(odd(int('axes', 1))).toContain('"axes"');
    expect(odd({ name: 'axis', type: Kind.FLOAT, f: 1 })).toContain('attribute "axis" is written as FLOAT');
  });
  it('refuses names that lead nowhere', () => {
    expect(refusal(model(chain({ opType: 'Relu', input: ['z'], output: ['y'] })))).toContain('"z"');
  });
  it('reads attributes as decimals and saturates integers', () => {
    const { graph } = read(
      model(
        chain(
          {
            opType: 'LeakyRelu',
            input: ['x'],
            output: ['a'],
            attribute: [{ name: 'alpha', type: Kind.FLOAT, f: Math.fround(0.3) }],
          },
          { opType: 'Shape', input: ['a'], output: ['y'], attribute: [int('end', 2n ** 63n - 1n)] },
        ),
      ),
    );
    expect(graph.nodes.map(({ attrs }) => attrs)).toEqual([{ alpha: 0.3 }, { end: Number.MAX_SAFE_INTEGER }]);
  });
  it('casts to float32 where the model casts to half precision', () => {
    const { graph } = read(model(chain({ opType: 'Cast', input: ['x'], output: ['y'], attribute: [int('to', 10)] })));
    expect(graph.nodes[0]!.attrs).toEqual({ to: 1 });
  });
});

describe('tensors', () => {
  it('are read from raw bytes, aligned or not', () => {
    for (const prefix of ['', 'a', 'ab', 'abc'])
      expect(
        numbersOf({ dataType: Code.FLOAT, docString: prefix, rawData: bytesOf(Float32Array.of(0.5, -2)) }),
      ).toEqual([0.5, -2]);
  });
  it.each<readonly [string, TensorInit, readonly number[]]>([
    ['float_data', { dataType: Code.FLOAT, floatData: [0.5, -2] }, [0.5, -2]],
    ['double_data', { dataType: Code.DOUBLE, doubleData: [0.1, 2] }, [0.1, 2]],
    ['int64_data', { dataType: Code.INT64, int64Data: [-3n, 4n] }, [-3, 4]],
    ['int32_data', { dataType: Code.INT32, int32Data: [-3, 4] }, [-3, 4]],
    ['int32_data of int8', { dataType: Code.INT8, int32Data: [-3, 4] }, [-3, 4]],
    ['int32_data of uint8', { dataType: Code.UINT8, int32Data: [3, 200] }, [3, 200]],
    ['int32_data of float16', { dataType: Code.FLOAT16, int32Data: [0x3800, 0xc000] }, [0.5, -2]],
    ['raw float16', { dataType: Code.FLOAT16, rawData: bytesOf(Uint16Array.of(0x3800, 0xc000)) }, [0.5, -2]],
    ['raw bfloat16', { dataType: Code.BFLOAT16, rawData: bytesOf(Uint16Array.of(0x3f00, 0xc000)) }, [0.5, -2]],
    ['raw int64', { dataType: Code.INT64, rawData: bytesOf(BigInt64Array.of(-3n, 4n)) }, [-3, 4]],
  ])('are read from %s', (_, tensor, expected) => {
    expect(numbersOf(tensor, tensor.dataType)).toEqual(expected);
  });
  it('of half precision keep subnormals, infinities and NaN', () => {
    expect([0x0001, 0x03ff, 0x7c00, 0xfc00, 0x7e00].map(fromFloat16)).toEqual([
      2 ** -24,
      1023 * 2 ** -24,
      Infinity,
      -Infinity,
      NaN,
    ]);
  });
  it('stand inside the graph up to 64 elements, larger ones in the store', () => {
    const tensor = (name: string, size: number): TensorInit => ({
      name,
      dataType: Code.FLOAT,
      dims: [BigInt(size)],
      floatData: Array.from({ length: size }, (_, i) => i),
    });
    const { graph, store } = read(
      model({
        name: 'sizes',
        input: [value('x', [1]), value('large', [65])],
        output: [{ name: 'y' }],
        initializer: [tensor('small', 64), tensor('large', 65)],
        node: [{ opType: 'Concat', input: ['x', 'small', 'large'], output: ['y'], attribute: [int('axis', 0)] }],
      }),
    );
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(graph.tensors['small']).toMatchObject({ type: 'float32', shape: [64] });
    expect(graph.tensors['large']).toEqual({ file: 'model.onnx', key: 'large' });
    expect(toNumbers(store.get('large')!.read())).toHaveLength(65);
  });
  it('come from Constant nodes, too', () => {
    const constant = (attribute: AttributeInit[], output: string) => ({
      opType: 'Constant',
      output: [output],
      attribute,
    });
    const { graph } = read(
      model(
        chain(
          constant(
            [{ name: 'value', type: Kind.TENSOR, t: { dataType: Code.FLOAT, dims: [1n], floatData: [2] } }],
            'a',
          ),
          constant([{ name: 'value_float', type: Kind.FLOAT, f: 0.5 }], 'b'),
          constant([{ name: 'value_ints', type: Kind.INTS, ints: [1n, 2n] }], 'c'),
          { opType: 'Sum', input: ['x', 'a', 'b'], output: ['s'] },
          { opType: 'Reshape', input: ['s', 'c'], output: ['y'] },
        ),
      ),
    );
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Sum', 'Reshape']);
    expect(graph.tensors).toEqual({
      a: { type: 'float32', shape: [1], data: [2] },
      b: { type: 'float32', shape: [], data: [0.5] },
      c: { type: 'int64', shape: [2], data: [1, 2] },
    });
  });
  it('that are too short or of a strange type are refused by name', () => {
    const odd = (tensor: TensorInit) =>
      refusal(
        model({
          ...chain({ opType: 'Add', input: ['x', 'w'], output: ['y'] }),
          initializer: [{ name: 'w', dims: [3n], ...tensor }],
        }),
      );
    expect(odd({ dataType: Code.FLOAT, rawData: new Uint8Array(8) })).toContain(
      'tensor "w" of shape [3] needs 12 bytes, but the file holds 8',
    );
    expect(odd({ dataType: Code.FLOAT, floatData: [1] })).toContain(
      'tensor "w" of shape [3] needs 3 elements, but the file holds 1',
    );
    expect(odd({ dataType: Code.COMPLEX64 })).toContain('tensor "w" holds COMPLEX64');
    expect(
      odd({ dataType: Code.FLOAT, dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] }),
    ).toContain('"w.bin"');
  });
});

describe('inputs', () => {
  it('get identifiers for dimensions, N for an open first one, fresh symbols for others', () => {
    const { graph } = read(
      model({
        name: 'dims',
        input: [
          value('a', [null, 3, null]),
          value('b', ['batch-size', 'batch_size', '1st']),
          value('c', [2, 'batch-size']),
        ],
        output: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
        node: [],
      }),
    );
    expect(graph.inputs.map(({ shape }) => shape)).toEqual([
      ['N', 3, 'a_2'],
      ['batch_size', 'batch_size_2', '_1st'],
      [2, 'batch_size'],
    ]);
  });
  it('of half precision become float32', () => {
    const { graph } = read(
      model({ ...chain({ opType: 'Relu', input: ['x'], output: ['y'] }), input: [value('x', [1], Code.FLOAT16)] }),
    );
    expect(graph.inputs[0]).toMatchObject({ type: 'float32' });
  });
  it('without a type are refused', () => {
    expect(
      refusal(model({ ...chain({ opType: 'Relu', input: ['x'], output: ['y'] }), input: [{ name: 'x' }] })),
    ).toContain('input "x" has no type or shape');
    expect(
      refusal(
        model({ ...chain({ opType: 'Relu', input: ['x'], output: ['y'] }), input: [value('x', [1], Code.STRING)] }),
      ),
    ).toContain('input "x" takes STRING');
  });
});

describe('nested graphs', () => {
  it('are renamed after their node and typed by what flows in', () => {
    const { graph } = read(
      model({
        name: 'outer',
        input: [value('h0', [2]), value('xs', ['T', 2])],
        output: [{ name: 'hs' }],
        node: [
          {
            opType: 'Scan',
            input: ['h0', 'xs'],
            output: ['last', 'hs'],
            attribute: [
              int('num_scan_inputs', 1),
              {
                name: 'body',
                type: Kind.GRAPH,
                g: {
                  name: 'step',
                  input: [{ name: 'h' }, { name: 'x' }],
                  output: [{ name: 'next' }, { name: 'next' }],
                  node: [{ opType: 'Add', input: ['h', 'x'], output: ['next'] }],
                },
              },
            ],
          },
        ],
      }),
    );
    expect(graph.nodes[0]!.attrs!['body']).toEqual({
      name: 'step',
      inputs: [
        { name: 'last/h', type: 'float32', shape: [2] },
        { name: 'last/x', type: 'float32', shape: [2] },
      ],
      nodes: [{ name: 'last/next', op: 'Add', inputs: ['last/h', 'last/x'] }],
      outputs: ['last/next', 'last/next'],
      tensors: {},
    });
  });
});
