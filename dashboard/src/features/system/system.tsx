/* How the installation itself is; for those who run it. */
import { ArrowLeftRight, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ApiError } from '@/api/client';
import type { Fleet } from '@/api/types';
import { MemberPage } from '@/components/member-page';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { CheckupPanel } from '@/features/checkup/checkup-panel';
import { DatabasePanel } from './database-panel';
import { FleetCards } from './fleet-cards';
import { sumUp } from './fleet-model';
import { MaintenancePanel } from './maintenance-panel';
import { ReplicaPanel } from './replica-panel';
import { ShardPanel } from './shard-panel';
import { useFleet } from './use-fleet';
import './system.scss';

function Empty() {
	const { t } = useTranslation();
	return (
		<div className="ra-empty">
			<h2>{t('system.empty_title')}</h2>
			<p>{t('system.empty')}</p>
		</div>
	);
}

function FleetView({ fleet }: { fleet: Fleet }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const sums = sumUp(fleet);
	return (
		<>
			{fleet.next_shard_count > 0 && (
				<p className="ra-notice" role="status">
					<ArrowLeftRight size={18} aria-hidden="true" />
					<span>
						{t('system.resharding', {
							from: formats.count(fleet.shard_count),
							to: formats.count(fleet.next_shard_count),
							time: formats.clock(Date.parse(fleet.next_since ?? fleet.at)),
						})}
					</span>
				</p>
			)}
			{sums.withheld && (
				<p className="ra-notice is-warning" role="status">
					<TriangleAlert size={18} aria-hidden="true" />
					<span>{t('system.withheld', { names: sums.withheld })}</span>
				</p>
			)}
			<FleetCards fleet={fleet} sums={sums} />
			<div className="ra-system__panels">
				<ShardPanel fleet={fleet} />
				<ReplicaPanel fleet={fleet} />
			</div>
		</>
	);
}

export function System() {
	const { t } = useTranslation();
	const formats = useFormats();
	const fleet = useFleet();
	const isForbidden = fleet.error instanceof ApiError && fleet.error.status === 403;
	const mayLook = !fleet.isPending && !isForbidden;
	return (
		<MemberPage title={t('system.title')}>
			<header className="ra-page-head">
				<h1>{t('system.title')}</h1>
				<p>{t('system.lead')}</p>
				{mayLook && (
					<p>
						<Link href="/system/backups">{t('system.backups')}</Link>
						{' · '}
						<Link href="/system/import">{t('system.import')}</Link>
					</p>
				)}
				{fleet.data && (
					<p className="ra-system__at">
						{t('system.at', { time: formats.clock(Date.parse(fleet.data.at)) })}
					</p>
				)}
			</header>
			{!isForbidden && <CheckupPanel />}
			{fleet.isPending && <Skeleton height={88} lines={4} />}
			{fleet.error && (
				<ProblemNotice error={fleet.error} onRetry={() => void fleet.refetch()} />
			)}
			{fleet.data &&
				(fleet.data.shards.length ? <FleetView fleet={fleet.data} /> : <Empty />)}
			{mayLook && <DatabasePanel />}
			{mayLook && <MaintenancePanel />}
		</MemberPage>
	);
}
