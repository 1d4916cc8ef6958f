import { expect, it } from 'vitest';
import { addDays, dayOf, isZone, knownZones, zoneOffset } from './zone';

it('knows what day it is elsewhere', () => {
	const at = Date.parse('2025-11-02T21:30:00Z');
	expect(dayOf(at, 'Europe/Moscow')).toBe('2025-11-03');
	expect(dayOf(at, 'America/New_York')).toBe('2025-11-02');
});

it('adds days over months and clock changes', () => {
	expect(addDays('2025-10-25', 7)).toBe('2025-11-01');
	expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
});

it('tells zones from other words', () => {
	expect(isZone('Europe/Moscow')).toBe(true);
	expect(isZone('UTC')).toBe(true);
	expect(isZone('Europe/Mosco')).toBe(false);
	expect(isZone('')).toBe(false);
});

it('offers UTC first, and once', () => {
	const zones = knownZones();
	expect(zones[0]).toBe('UTC');
	expect(zones.filter((zone) => zone === 'UTC')).toHaveLength(1);
});

it('says how far a zone is from UTC on that day', () => {
	expect(zoneOffset('Europe/Berlin', 'en', Date.parse('2025-07-01T00:00:00Z'))).toBe('GMT+2');
	expect(zoneOffset('Europe/Berlin', 'en', Date.parse('2025-12-01T00:00:00Z'))).toBe('GMT+1');
});
