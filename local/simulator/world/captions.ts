import type { Random } from './random.ts';

/** Sentences in the scripts a real account's captions come in: Latin, combining marks, right to left, emoji sequences. */
const SENTENCES = [
  'Morning light over the harbour ☀️⛵',
  'Fresh bread, straight from the oven 🍞🔥',
  'Three days of rain, and then this.',
  'What would you cook with these? Tell us below 👇',
  'Two years ago today. We have not changed a bit 😅',
  'Die ersten Kirschblüten im Hof 🌸',
  'Un café, un livre, et le silence de la montagne ☕🏔️',
  'Mañana abrimos a las nueve. ¡Os esperamos! 🎉',
  'Осень пришла: жёлтые листья и тихая река 🍂',
  'Зимний вечер, горячий чай, старый друг',
  '雨上がりの京都、石畳が光る夜 🏮',
  '今天的晚餐：手工面条 🍜',
  '한강의 노을은 언제나 옳다 🌇',
  'غروب الشمس على شاطئ البحر 🌅',
  'שבת שלום מהגליל 🌿',
  'सुबह की चाय और पुरानी किताबें 📚',
  'ร้านเปิดแล้ววันนี้ แวะมานะ 🥭',
  'Hạ Long một sáng mù sương'.normalize('NFD'), // each mark a code point of its own
  'Our crew 👩🏽‍🍳👨‍🌾👩🏿‍🎨 and the whole family 👨‍👩‍👧‍👦',
  'From 🇮🇸 to 🇳🇿 in one summer 🏳️‍🌈',
  'Z\u0335\u0321\u031ba\u0334\u0355\u035cl\u0338\u0330\u0360g\u0336\u0331\u0315o\u0337\u0349\u034c was here',
  '𝓗𝓪𝓷𝓭𝓶𝓪𝓭𝓮 with love',
  'mixed: English, עברית and العربية in one line',
] as const;

const HASHTAGS = [
  '#travel',
  '#homemade',
  '#اسماك',
  '#путешествия',
  '#夕焼け',
  '#slowliving',
  '#réel',
  '#behindthescenes',
] as const;

/** The same in both normal forms: as a phone sends them, and as a Mac's file names come. */
const COMPOSED = SENTENCES.map((sentence) => sentence.normalize('NFC')) as [string, ...string[]];
const DECOMPOSED = SENTENCES.map((sentence) => sentence.normalize('NFD')) as [string, ...string[]];

/** A caption of one to three sentences, now and then with mentions, line breaks and hashtags. */
export const makeCaption = (random: Random): string => {
  const sentences = random.chance(0.2) ? DECOMPOSED : COMPOSED;
  const lines = [random.pick(sentences)];
  for (let more = random.below(3); more > 0; more -= 1) lines.push(random.pick(sentences));
  if (random.chance(0.15)) lines.push('📸 @friend.of.the.house');
  if (random.chance(0.5))
    lines.push(Array.from({ length: random.between(1, 4) }, () => random.pick(HASHTAGS)).join(' '));
  return lines.join(random.chance(0.5) ? '\n\n' : '\n');
};

/** 2,200 code points, the longest caption Instagram takes, none of them a single UTF-16 unit. */
export const LONGEST_CAPTION = '🌊🐚'.repeat(1_100);

/** Written right to left throughout, with vowel marks. */
export const RIGHT_TO_LEFT_CAPTION = 'صَباحُ الخَيْرِ مِنَ البَحْرِ 🌊\nשָׁלוֹם לְכֻלָּם';

/** One visible character made of many code points, several times over. */
export const COMBINING_CAPTION =
  '\u00e9 = e\u0301 · Z\u0335\u0321\u031ba\u0334\u0355\u035cl\u0338 · नमस्ते · 👩🏾‍❤️‍💋‍👩🏻';

const REMARKS = [
  'Beautiful! 😍',
  'Where is this?',
  'I need the recipe 🙏',
  'Wow wow wow',
  'Que lindo ❤️',
  'Очень красиво!',
  '素敵ですね✨',
  'ما شاء الله',
  'איזה יופי',
  '🔥🔥🔥',
  'Saving this for later',
  'First!',
  'Is it open on Sundays?',
  'We were there last year, it rained the whole time 😂',
  'Đẹp quá',
] as const;

/** What people write under a post. */
export const makeRemark = (random: Random): string => random.pick(REMARKS);
