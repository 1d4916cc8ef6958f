import { ChevronDown, GitCompareArrows } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { GuildCard } from '@/api/types';
import { Menu, MenuItem } from '@/components/menu';
import { COMPARE_HOTKEY, COMPARES, type Compare } from '@/lib/view';

interface CompareMenuProps {
	compare: Compare;
	onPick: (compare: Compare) => void;
	/** other guilds to compare with; none of them: a time is */
	others?: GuildCard[];
	other?: string;
	onPickOther?: (id: string) => void;
}

export function CompareMenu(props: CompareMenuProps) {
	const { compare, onPick, others = [], other = '', onPickOther } = props;
	const { t } = useTranslation();
	const chosen = others.find((guild) => guild.id === other);
	const text = other ? (chosen?.name ?? t('compare.unknown')) : t(`compare.${compare}`);
	return (
		<Menu
			className="ra-button"
			trigger={
				<>
					<GitCompareArrows size={16} aria-hidden="true" />
					<span className="ra-compare__text">{text}</span>
					<ChevronDown size={14} aria-hidden="true" />
				</>
			}
		>
			{COMPARES.map((option) => (
				<MenuItem
					key={option}
					isChosen={!other && option === compare}
					onPick={() => onPick(option)}
				>
					{t(`compare.${option}`)}
				</MenuItem>
			))}
			{others.length > 0 && (
				<div role="group" aria-label={t('compare.others')} className="ra-compare__others">
					<div className="ra-menu__foot" role="presentation">
						{t('compare.others')}
					</div>
					{others.map((guild) => (
						<MenuItem
							key={guild.id}
							isChosen={guild.id === other}
							onPick={() => onPickOther?.(guild.id)}
						>
							{guild.name}
						</MenuItem>
					))}
				</div>
			)}
			<div className="ra-menu__foot" role="presentation">
				{t('compare.hint', { key: COMPARE_HOTKEY.toUpperCase() })}
			</div>
		</Menu>
	);
}
