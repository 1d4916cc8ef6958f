/* One answer of the api as a file, streamed by the server. */
import { useState } from 'react';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { buildUrl } from '@/api/client';
import { fileUrl } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { PERIODS, type Period } from '@/lib/view';

const FILES = {
	overview: '/overview?',
	messages: '/timeseries?metric=messages&',
	members: '/timeseries?metric=members&',
	voice: '/timeseries?metric=voice&',
	heatmap: '/heatmap?',
	channels: '/channels?',
	people: '/members?',
	coverage: '/coverage?',
	episodes: '/alert-episodes?',
} as const;
type FileName = keyof typeof FILES;
const NAMES = Object.keys(FILES) as FileName[];
const NAMED = PERIODS.filter(({ period }) => period !== 'custom');

export function FilesPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [file, setFile] = useState<FileName>('messages');
	const [period, setPeriod] = useState<Period>('28d');
	const base = buildUrl('/api/v1/guilds/{guild_id}', { guild_id: guild.id });
	const url = `${base}${FILES[file]}period=${period}&compare=none`;
	return (
		<Panel id="files" title={t('exports.files.title')}>
			<p className="ra-out__lead">{t('exports.files.lead')}</p>
			<div className="ra-out__form">
				<label>
					{t('exports.files.what')}
					<select
						className="form-control"
						value={file}
						onChange={(event) => setFile(event.target.value as FileName)}
					>
						{NAMES.map((name) => (
							<option key={name} value={name}>
								{t(`exports.files.${name}`)}
							</option>
						))}
					</select>
				</label>
				<label>
					{t('exports.files.period')}
					<select
						className="form-control"
						value={period}
						disabled={file === 'episodes'}
						onChange={(event) => setPeriod(event.target.value as Period)}
					>
						{NAMED.map((one) => (
							<option key={one.period} value={one.period}>
								{t(`period.${one.period}`)}
							</option>
						))}
					</select>
				</label>
				<div className="ra-out__actions">
					{(['csv', 'json'] as const).map((format) => (
						<a key={format} className="ra-button" href={fileUrl(url, format)} download>
							<Download size={16} aria-hidden="true" />
							{format.toUpperCase()}
						</a>
					))}
				</div>
			</div>
		</Panel>
	);
}
