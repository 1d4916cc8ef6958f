/* What is sent without a request: the day's report, notices of Rations itself. */
import { useTranslation } from 'react-i18next';
import { Panel } from '@/components/panel';
import { clockOf, minuteOf } from './draft';
import { ChannelSelect, Field, Switch } from './fields';
import type { PartProps } from './form';

const EVENING = 21 * 60;

export function ReportPanel({ state, draft, set, mistakes }: PartProps) {
	const { t } = useTranslation();
	const isOn = draft.report_minute !== null;
	return (
		<Panel id="report" title={t('notices_page.report.title')}>
			<Switch
				text={t('notices_page.report.on')}
				isOn={isOn}
				onSwitch={(on) => set({ report_minute: on ? EVENING : null })}
			/>
			{isOn && (
				<div className="ra-notices__pair">
					<Field label={t('notices_page.report.time')}>
						<input
							type="time"
							className="form-control"
							required
							value={clockOf(draft.report_minute ?? 0)}
							onChange={(event) => {
								const minute = minuteOf(event.target.value);
								if (minute !== null) set({ report_minute: minute });
							}}
						/>
					</Field>
					<Field
						label={t('notices_page.report.channel')}
						mistake={mistakes.has('report') && 'report'}
					>
						<ChannelSelect
							channels={state.channels}
							value={draft.report_channel_id}
							none={t('notices_page.report.same')}
							isInvalid={mistakes.has('report')}
							onChoose={(id) => set({ report_channel_id: id })}
						/>
					</Field>
				</div>
			)}
			<Field
				label={t('notices_page.report.system')}
				help={t('notices_page.report.system_help')}
			>
				<ChannelSelect
					channels={state.channels}
					value={draft.system_channel_id}
					none={t('notices_page.report.none')}
					onChoose={(id) => set({ system_channel_id: id })}
				/>
			</Field>
		</Panel>
	);
}
