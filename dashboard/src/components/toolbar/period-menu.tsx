import { CalendarRange, ChevronDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Menu, MenuItem } from '@/components/menu';
import { useFormats } from '@/i18n/use-formats';
import { PERIODS, type Period, type View } from '@/lib/view';

interface PeriodMenuProps {
	view: View;
	zone: string;
	onPick: (period: Period) => void;
}

export function PeriodMenu({ view, zone, onPick }: PeriodMenuProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const custom = () =>
		formats.range({
			from: `${view.from}T12:00:00Z`,
			to: `${view.to}T12:00:00Z`,
			timezone: 'UTC',
		});
	return (
		<Menu
			className="ra-button ra-period"
			trigger={
				<>
					<CalendarRange size={16} aria-hidden="true" />
					<span>{view.period === 'custom' ? custom() : t(`period.${view.period}`)}</span>
					<ChevronDown size={14} aria-hidden="true" />
				</>
			}
		>
			{PERIODS.map(({ period, hotkey }) => (
				<MenuItem
					key={period}
					isChosen={period === view.period}
					hint={hotkey.toUpperCase()}
					onPick={() => onPick(period)}
				>
					{t(`period.${period}`)}
				</MenuItem>
			))}
			<div className="ra-menu__foot" role="presentation">
				{t('period.zone', { zone })}
			</div>
		</Menu>
	);
}
