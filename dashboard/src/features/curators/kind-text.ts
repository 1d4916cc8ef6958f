/* The kinds of the community this was made for have names; any other text stands for itself. */
import { useTranslation } from 'react-i18next';

export const KINDS = ['government', 'government_crimea', 'crime'] as const;

export function useKindText(): (kind: string) => string {
	const { t } = useTranslation();
	return (kind) => {
		const known = KINDS.find((one) => one === kind);
		return known ? t(`curators.kind.${known}`) : kind;
	};
}
