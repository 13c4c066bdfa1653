import { describe, expect, test } from 'vitest';
import { koreanSubsets, notoSans, notoSansFor, withKorean } from '../src/font.js';

describe('fonts', () => {
  test('Noto Sans is found beside the package and draws Latin and Greek', () => {
    const font = notoSans();
    expect(font.width('ε = 0.1', 12)).toBeGreaterThan(30);
    expect(font.path('ε', 0, 10, 12)).not.toBe(font.path('0', 0, 10, 12));
    expect(font.width('Title', 12, 'bold')).toBeGreaterThan(font.width('Title', 12));
  });

  test('Latin text needs no part of the Korean font', () => {
    expect(koreanSubsets('LRP é: 97 %')).toEqual([]);
  });

  test('Korean text brings the parts that hold its letters, once each', () => {
    const subsets = koreanSubsets('재미있어요');
    expect(subsets.length).toBeGreaterThan(0);
    expect(new Set(subsets).size).toBe(subsets.length);
    expect(koreanSubsets('재미있어요'.normalize('NFD'))).toEqual(subsets);
    expect(koreanSubsets('재미있어요 뚫')).toEqual(expect.arrayContaining([...subsets]));
  });

  test('a page with Korean brings its letters, others stay as they are', () => {
    const page = (text: string): string => `<head><title>${text}</title></head><p>${text}</p>`;
    expect(withKorean(page('LRP → 97 %'))).toBe(page('LRP → 97 %'));
    const faces = withKorean(page('재미있어요')).match(/@font-face\{font-family:"Noto Sans KR"/g);
    expect(faces).toHaveLength(koreanSubsets('재미있어요').length);
  });

  test('draws Korean with outlines of its own', () => {
    const font = notoSansFor('가나ㅋ');
    const shapes = ['가', '나', 'ㅋ'].map((letter) => font.path(letter, 0, 20, 20));
    expect(new Set(shapes).size).toBe(3);
    const box = notoSans().path('가', 0, 20, 20);
    expect(shapes).not.toContain(box);
    expect(font.width('가', 20)).toBeGreaterThan(15);
    expect(font.path('a', 0, 20, 20)).toBe(notoSans().path('a', 0, 20, 20));
    expect(font.path('가', 0, 20, 20, 'bold')).not.toBe(shapes[0]);
  });
});
