import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capped, inMarkdown, inTex, inXml, onTerminal, problem, tellProblems, visible } from '@kirchhoff/message';

const anything = fc.string({ unit: 'binary', maxLength: 40 });

describe('a person’s words', () => {
  test('are shown where they would command', () => {
    expect(visible('a\u0000b\u001b[2Jc\u007fd\u0085e\nf')).toBe('a␀b␛[2Jc␡d�e␊f');
    expect(visible('\ud800a\udc00\ufffe\uffff')).toBe('�a���');
    expect(visible('\u202edrow\u202c')).toBe('�drow�');
    expect(visible('나쁘지 않다 😀 e\u0301')).toBe('나쁘지 않다 😀 e\u0301');
  });

  test('keep lines and colours on a terminal, and nothing else', () => {
    expect(onTerminal('\u001b[1mbold\u001b[0m\n\u001b]0;title\u0007\u001b[2J')).toBe(
      '\u001b[1mbold\u001b[0m\n␛]0;title␇␛[2J',
    );
    fc.assert(
      fc.property(anything, (text) => {
        expect(stripVTControlCharacters(onTerminal(text))).toMatch(/^(?:[\t\n]|[^\p{Cc}])*$/u);
      }),
    );
  });

  test('are text in XML, TeX and Markdown, whatever they say', () => {
    expect(inXml(`<a href="x">'&'\u0001</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;␁&lt;/a&gt;');
    expect(inTex('}\\input{secret}_$%~^#&')).toBe('\\}\\textbackslash{}input\\{secret\\}\\_\\$\\%\\~{}\\^{}\\#\\&');
    expect(inMarkdown('<img src=x>|a`b`*c*[d](e)\n# f')).toBe('\\<img src=x>\\|a\\`b\\`\\*c\\*\\[d\\](e)␊# f');
    fc.assert(
      fc.property(anything, (text) => {
        expect(inXml(text)).toMatch(/^(?:[\t\n]|&(?:amp|lt|gt|quot|#39);|[^&<>"'\p{Cc}\ufffe\uffff\p{Cs}])*$/u);
      }),
    );
  });
});

describe('problems', () => {
  test('echo the beginning of a long word', () => {
    const { message } = problem('', `unknown operator "${'x'.repeat(100_000)}"; allowed: Add`);
    expect(message).toBe(`unknown operator "${'x'.repeat(140)}… (100000 characters)"; allowed: Add`);
    expect(capped('가'.repeat(10))).toBe('가'.repeat(10));
  });

  test('are told one by one up to twenty, then counted', () => {
    const many = Array.from({ length: 200_000 }, (_, n) => problem(`/nodes/${n}`, 'wrong'));
    const lines = tellProblems(many).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[19]).toBe('/nodes/19: wrong');
    expect(lines[20]).toBe('and 199980 more problems');
    expect(tellProblems(many.slice(0, 21)).split('\n').at(-1)).toBe('and 1 more problem');
    expect(tellProblems([problem('\u001b[2J', 'a\u0000')])).toBe('␛[2J: a␀');
  });
});
