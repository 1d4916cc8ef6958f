import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isZone, knownZones } from '@/lib/zone';

export function ZoneField({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
	const { t } = useTranslation();
	const id = useId();
	const [zones] = useState(knownZones);
	return (
		<label>
			{t('schedules.zone')}
			<input
				className="form-control"
				list={id}
				value={zone}
				required
				aria-invalid={!isZone(zone)}
				onChange={(event) => onChange(event.target.value)}
			/>
			<datalist id={id}>
				{zones.map((name) => (
					<option key={name} value={name} />
				))}
			</datalist>
		</label>
	);
}
