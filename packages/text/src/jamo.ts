/** The letters of Hangul as one writes them alone, for the conjoining initials, vowels and finals of NFD, in its order. */
const initials = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const vowels = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ';
const finals = 'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';

/** What vowels and clusters are made of: contraction joins the parts (보+아 → 봐, 가지+어 → 가져, 하+았 → 했). */
const parts: Readonly<Record<string, string>> = {
  ㅐ: 'ㅏㅣ',
  ㅑ: 'ㅣㅏ',
  ㅒ: 'ㅣㅏㅣ',
  ㅔ: 'ㅓㅣ',
  ㅕ: 'ㅣㅓ',
  ㅖ: 'ㅣㅓㅣ',
  ㅘ: 'ㅗㅏ',
  ㅙ: 'ㅗㅏㅣ',
  ㅚ: 'ㅗㅣ',
  ㅛ: 'ㅣㅗ',
  ㅝ: 'ㅜㅓ',
  ㅞ: 'ㅜㅓㅣ',
  ㅟ: 'ㅜㅣ',
  ㅠ: 'ㅣㅜ',
  ㅢ: 'ㅡㅣ',
  ㄳ: 'ㄱㅅ',
  ㄵ: 'ㄴㅈ',
  ㄶ: 'ㄴㅎ',
  ㄺ: 'ㄹㄱ',
  ㄻ: 'ㄹㅁ',
  ㄼ: 'ㄹㅂ',
  ㄽ: 'ㄹㅅ',
  ㄾ: 'ㄹㅌ',
  ㄿ: 'ㄹㅍ',
  ㅀ: 'ㄹㅎ',
  ㅄ: 'ㅂㅅ',
};

const silentInitial = 'ᄋ';

/** A conjoining letter as one writes it alone; any other character is itself. */
const letterOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return initials[code - 0x1100] ?? vowels[code - 0x1161] ?? finals[code - 0x11a8] ?? character;
};

/**
 * The sounds of a text, one string each: Hangul as simple letters, initials and finals alike, without the silent initial;
 * any other character as NFD has it.
 */
export const atomsOf = (text: string): readonly string[] => {
  const atoms: string[] = [];
  for (const character of text.normalize('NFD')) {
    if (character === silentInitial) continue;
    const letter = letterOf(character);
    for (const one of parts[letter] ?? letter) atoms.push(one);
  }
  return atoms;
};

/** Whether a sound is a vowel of Hangul: vowels and consonants never stand for each other. */
export const isVowel = (atom: string): boolean => atom >= 'ㅏ' && atom <= 'ㅣ';
