/* All settings of the desk as one file, and back from one: looked through first, then put in place whole. */
import { useRef, useState } from 'react';
import { Download, Upload } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useQueryClient } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { Guild } from '@/api/types';
import { useCuratorChange } from '@/api/use-curators';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { download } from '@/lib/download';

const PATH = '/api/v1/guilds/{guild_id}/desk/file';

function parsed(text: string): object | null {
	try {
		const file: unknown = JSON.parse(text);
		return typeof file === 'object' ? file : null;
	} catch {
		return null;
	}
}

export function FilePanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const queries = useQueryClient();
	const input = useRef<HTMLInputElement>(null);
	const check = useCuratorChange(guild.id);
	const put = useCuratorChange(guild.id);
	const [state, setState] = useState<'' | 'broken' | 'done'>('');
	const save = async () => {
		const file = await get(PATH, { ids: { guild_id: guild.id } });
		download(
			`rations-desk-${guild.id}.json`,
			'application/json',
			JSON.stringify(file, null, '\t'),
		);
	};
	const replace = (body: object) => {
		if (!confirm(t('request_rules.file.confirm'))) return;
		put.mutate(
			{ method: 'PUT', tail: '/desk/file', body },
			{
				onSuccess: () => {
					setState('done');
					void queries.invalidateQueries();
				},
			},
		);
	};
	const load = async (file: File) => {
		const body = parsed(await file.text());
		setState(body ? '' : 'broken');
		put.reset();
		check.reset();
		if (body)
			check.mutate(
				{ method: 'POST', tail: '/desk/file/check', body },
				{ onSuccess: () => replace(body) },
			);
	};
	const error = check.error ?? put.error;
	return (
		<Panel
			id="desk-file"
			title={t('request_rules.file.title')}
			summary={t('request_rules.file.lead')}
		>
			{error && <ProblemNotice error={error} />}
			{state && <p role="status">{t(`request_rules.file.${state}`)}</p>}
			<div className="ra-desk__file">
				<button type="button" className="ra-button" onClick={() => void save()}>
					<Download size={16} aria-hidden="true" />
					{t('request_rules.file.save')}
				</button>
				<button
					type="button"
					className="ra-button"
					disabled={check.isPending || put.isPending}
					onClick={() => input.current?.click()}
				>
					<Upload size={16} aria-hidden="true" />
					{t('request_rules.file.load')}
				</button>
				<input
					ref={input}
					type="file"
					hidden
					accept="application/json,.json"
					aria-label={t('request_rules.file.load')}
					onChange={(event) => {
						const file = event.target.files?.[0];
						event.target.value = '';
						if (file) void load(file);
					}}
				/>
			</div>
		</Panel>
	);
}
