import { useTranslation } from 'react-i18next';
import type { Check } from '@/api/types';
import { useAge } from '@/features/system/use-age';
import { useFormats } from '@/i18n/use-formats';
import { checkWords, type Say } from './words';

export function useCheckWords() {
	const { t } = useTranslation();
	const formats = useFormats();
	const age = useAge();
	return (check: Check) => checkWords(check, { say: t as unknown as Say, formats, age });
}
