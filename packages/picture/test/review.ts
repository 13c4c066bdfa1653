import type { TextSheet } from '../src/index.js';

/** A small sheet of texts, with everything in it that is drawn in a way of its own. */
export const review: TextSheet = {
  title: 'Verdicts & reasons',
  subtitle: 'nsmc-lstm',
  target: '긍정',
  methods: [{ title: 'epsilon', subtitle: 'ε = 0.001' }, { title: 'gradient' }],
  samples: [
    {
      caption: '→ 긍정 (98 %)',
      segments: [
        {
          text: '봤',
          tokens: [
            { name: '보/VV', known: true },
            { name: '았/EP', known: true },
          ],
        },
        { text: ' ', tokens: [] },
        { text: '<쀍>', tokens: [{ name: '<쀍>/NNG', known: false }] },
        { text: '다', tokens: [{ name: '다/EF', known: true }] },
      ],
      values: [
        [6, null, -2, 2],
        [0.01, null, 0, -0.03],
      ],
      totals: [6, -0.5],
    },
    {
      caption: '→ 부정 (61 %)',
      notice: 'the text is too long',
      segments: [
        { text: '좋', tokens: [{ name: '좋/VA', known: true }] },
        { text: ' 끝', tokens: [], unread: true },
      ],
      values: [
        [1, null],
        [-2, null],
      ],
    },
  ],
};
