/* The level a score lies in: its name on its colour, so that it can be read without the colour. */
import { useTranslation } from 'react-i18next';
import type { RatingLevel } from '@/api/types';

export const levelName = (level: RatingLevel, language: string) =>
	language.startsWith('ru') ? level.ru : level.en;

export function LevelBadge({ level }: { level: RatingLevel | undefined }) {
	const { i18n } = useTranslation();
	if (!level) return null;
	return <span className={`ra-level is-${level.colour}`}>{levelName(level, i18n.language)}</span>;
}
