#include "services/response-tracker/fold_staff.h"

static bool has_staff_role(const struct guild *guild, struct ra_str roles)
{
	uint64_t role;
	while ((role = ra_ids_next(&roles)) != 0)
		if (id_list_has(&guild->staff_roles, role))
			return true;
	return false;
}

/* Of who opted out nothing new is kept: they become staff here, not in a table. */
static void set_by_role(struct fold *fold, const struct guild *guild, uint64_t user, int64_t at,
			bool is_by_role)
{
	struct person *person = state_person(&fold->state, guild->id, user);
	if (!person && !is_by_role)
		return;
	person = state_person_add(&fold->state, guild->id, user);
	bool is_staff = !person->is_barred && (person->is_by_hand || is_by_role);
	bool is_same = is_staff == person->is_staff && is_by_role == person->is_by_role;
	bool was_staff = person->is_staff;
	person->is_by_role = is_by_role;
	person->is_staff = is_staff;
	if (is_same || (!is_staff && !was_staff) || (is_staff && person->is_unnamed))
		return;
	struct act *act = batch_act(&fold->batch, is_staff ? ACT_STAFF_BEGINS : ACT_STAFF_ENDS,
				    guild->id, at);
	act->person = user;
	act->is_by_role = is_by_role;
}

void fold_staff(struct fold *fold, const struct guild *guild, const struct ra_event *event)
{
	switch (event->type) {
	case RA_EV_member_joined:
		set_by_role(fold, guild, event->member_joined.user_id, event->at,
			    !event->member_joined.is_bot &&
				    has_staff_role(guild, event->member_joined.roles));
		break;
	case RA_EV_member_updated:
		set_by_role(fold, guild, event->member_updated.user_id, event->at,
			    !event->member_updated.is_bot &&
				    has_staff_role(guild, event->member_updated.roles));
		break;
	case RA_EV_member_left:
		set_by_role(fold, guild, event->member_left.user_id, event->at, false);
		break;
	case RA_EV_role_deleted:
		if (id_list_has(&guild->staff_roles, event->role_deleted.role_id))
			batch_act(&fold->batch, ACT_ROLE_GONE, guild->id, event->at)->message =
				event->role_deleted.role_id;
		break;
	default: break;
	}
}
