import { ChevronDown, GitCompareArrows } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Menu, MenuItem } from '@/components/menu';
import { COMPARE_HOTKEY, COMPARES, type Compare } from '@/lib/view';

interface CompareMenuProps {
	compare: Compare;
	onPick: (compare: Compare) => void;
}

export function CompareMenu({ compare, onPick }: CompareMenuProps) {
	const { t } = useTranslation();
	return (
		<Menu
			className="ra-button"
			trigger={
				<>
					<GitCompareArrows size={16} aria-hidden="true" />
					<span>{t(`compare.${compare}`)}</span>
					<ChevronDown size={14} aria-hidden="true" />
				</>
			}
		>
			{COMPARES.map((option) => (
				<MenuItem key={option} isChosen={option === compare} onPick={() => onPick(option)}>
					{t(`compare.${option}`)}
				</MenuItem>
			))}
			<div className="ra-menu__foot" role="presentation">
				{t('compare.hint', { key: COMPARE_HOTKEY.toUpperCase() })}
			</div>
		</Menu>
	);
}
