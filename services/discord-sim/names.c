/* What people are called. */
#include "services/discord-sim/texts.h"
#include <stdio.h>

/* As written at home, and in a username. */
struct word {
	const char *shown, *latin;
};

static const struct word ru_men[] = {
	{ "Александр", "alex" },  { "Дмитрий", "dmitry" }, { "Максим", "max" },
	{ "Сергей", "sergey" },   { "Андрей", "andrey" },  { "Алексей", "aleksey" },
	{ "Артём", "artem" },     { "Илья", "ilya" },      { "Кирилл", "kirill" },
	{ "Михаил", "misha" },    { "Никита", "nikita" },  { "Матвей", "matvey" },
	{ "Роман", "roman" },     { "Егор", "egor" },      { "Арсений", "arseny" },
	{ "Иван", "ivan" },       { "Денис", "denis" },    { "Евгений", "zhenya" },
	{ "Тимофей", "timofey" }, { "Владислав", "vlad" }, { "Игорь", "igor" },
	{ "Павел", "pavel" },     { "Глеб", "gleb" },      { "Юрий", "yury" },
	{ "Руслан", "ruslan" },
};
static const struct word ru_women[] = {
	{ "Анна", "anna" },       { "Мария", "masha" },   { "Елена", "lena" },
	{ "Дарья", "dasha" },     { "Алина", "alina" },   { "Ирина", "irina" },
	{ "Екатерина", "katya" }, { "Арина", "arina" },   { "Полина", "polina" },
	{ "Ольга", "olya" },      { "Юлия", "yulia" },    { "Татьяна", "tanya" },
	{ "Наталья", "natasha" }, { "Виктория", "vika" }, { "Ксения", "ksenia" },
	{ "Вера", "vera" },       { "Софья", "sonya" },   { "Алиса", "alisa" },
};
/* Without the ending that tells the sexes apart. */
static const struct word ru_surnames[] = {
	{ "Иванов", "ivanov" },     { "Смирнов", "smirnov" },       { "Кузнецов", "kuznetsov" },
	{ "Попов", "popov" },       { "Соколов", "sokolov" },       { "Лебедев", "lebedev" },
	{ "Козлов", "kozlov" },     { "Новиков", "novikov" },       { "Морозов", "morozov" },
	{ "Волков", "volkov" },     { "Соловьёв", "soloviev" },     { "Васильев", "vasiliev" },
	{ "Зайцев", "zaitsev" },    { "Павлов", "pavlov" },         { "Семёнов", "semenov" },
	{ "Голубев", "golubev" },   { "Виноградов", "vinogradov" }, { "Богданов", "bogdanov" },
	{ "Воробьёв", "vorobiev" }, { "Фёдоров", "fedorov" },       { "Беляев", "belyaev" },
	{ "Тарасов", "tarasov" },   { "Белов", "belov" },           { "Комаров", "komarov" },
	{ "Орлов", "orlov" },       { "Киселёв", "kiselev" },       { "Макаров", "makarov" },
	{ "Андреев", "andreev" },   { "Ильин", "ilyin" },           { "Гусев", "gusev" },
};
static const struct word ru_adjectives[] = {
	{ "Тихий", "tihiy" },    { "Сонный", "sonny" },   { "Северный", "severny" },
	{ "Рыжий", "ryzhiy" },   { "Дикий", "dikiy" },    { "Мудрый", "mudry" },
	{ "Хмурый", "hmury" },   { "Быстрый", "bystry" }, { "Ночной", "nochnoy" },
	{ "Старый", "stary" },   { "Добрый", "dobry" },   { "Лунный", "lunny" },
	{ "Грозный", "grozny" }, { "Седой", "sedoy" },
};
static const struct word ru_nouns[] = {
	{ "Лис", "lis" },        { "Волк", "volk" },       { "Кот", "kot" },
	{ "Ёж", "ezh" },         { "Филин", "filin" },     { "Барсук", "barsuk" },
	{ "Шторм", "shtorm" },   { "Пельмень", "pelmen" }, { "Самовар", "samovar" },
	{ "Медведь", "medved" }, { "Ветер", "veter" },     { "Капитан", "kapitan" },
	{ "Рыцарь", "rytsar" },  { "Сокол", "sokol" },     { "Гусь", "gus" },
	{ "Бобр", "bobr" },
};
static const struct word en_first[] = {
	{ "James", "james" }, { "Maya", "maya" },     { "Oliver", "oliver" }, { "Sofia", "sofia" },
	{ "Liam", "liam" },   { "Emma", "emma" },     { "Noah", "noah" },     { "Ava", "ava" },
	{ "Lucas", "lucas" }, { "Mia", "mia" },       { "Ethan", "ethan" },   { "Isla", "isla" },
	{ "Leo", "leo" },     { "Zoe", "zoe" },       { "Arjun", "arjun" },   { "Priya", "priya" },
	{ "Wei", "wei" },     { "Yuki", "yuki" },     { "Jonas", "jonas" },   { "Lena", "lena" },
	{ "Mateo", "mateo" }, { "Camila", "camila" }, { "Omar", "omar" },     { "Layla", "layla" },
	{ "Felix", "felix" }, { "Nora", "nora" },     { "Hugo", "hugo" },     { "Clara", "clara" },
	{ "Ben", "ben" },     { "Ruth", "ruth" },
};
static const struct word en_last[] = {
	{ "Smith", "smith" },     { "Novak", "novak" },   { "Garcia", "garcia" },
	{ "Schmidt", "schmidt" }, { "Kim", "kim" },       { "Patel", "patel" },
	{ "Jansen", "jansen" },   { "Rossi", "rossi" },   { "Dubois", "dubois" },
	{ "Silva", "silva" },     { "Tanaka", "tanaka" }, { "Berg", "berg" },
	{ "Murphy", "murphy" },   { "Lopez", "lopez" },   { "Walker", "walker" },
	{ "Young", "young" },     { "Keller", "keller" }, { "Wright", "wright" },
	{ "Hall", "hall" },       { "Costa", "costa" },   { "Larsen", "larsen" },
	{ "Moreau", "moreau" },   { "Clark", "clark" },   { "Bauer", "bauer" },
};
static const struct word en_adjectives[] = {
	{ "Quiet", "quiet" },     { "Sleepy", "sleepy" }, { "Rusty", "rusty" },
	{ "Pixel", "pixel" },     { "Silver", "silver" }, { "Cosmic", "cosmic" },
	{ "Turbo", "turbo" },     { "Salty", "salty" },   { "Lucky", "lucky" },
	{ "Neon", "neon" },       { "Frosty", "frosty" }, { "Mellow", "mellow" },
	{ "Crimson", "crimson" }, { "Hidden", "hidden" },
};
static const struct word en_nouns[] = {
	{ "Fox", "fox" },       { "Otter", "otter" },   { "Falcon", "falcon" },
	{ "Badger", "badger" }, { "Toast", "toast" },   { "Panda", "panda" },
	{ "Comet", "comet" },   { "Wizard", "wizard" }, { "Raven", "raven" },
	{ "Pickle", "pickle" }, { "Moth", "moth" },     { "Goose", "goose" },
	{ "Lynx", "lynx" },     { "Nomad", "nomad" },   { "Waffle", "waffle" },
	{ "Ghost", "ghost" },
};

#define PICK(rng, words) (&(words)[rng_below((rng), RA_COUNT(words))])

static void join(struct name *out, const struct word *a, const struct word *b, const char *dot)
{
	snprintf(out->display, sizeof(out->display), "%s %s", a->shown, b->shown);
	snprintf(out->username, sizeof(out->username), "%s%s%s", a->latin, dot, b->latin);
}

static void join_feminine(struct name *out, const struct word *first, const struct word *last)
{
	snprintf(out->display, sizeof(out->display), "%s %sа", first->shown, last->shown);
	snprintf(out->username, sizeof(out->username), "%s_%sa", first->latin, last->latin);
}

static void make_russian(struct name *out, struct rng *rng)
{
	const struct word *last = PICK(rng, ru_surnames);
	if (rng_chance(rng, 0.35))
		join_feminine(out, PICK(rng, ru_women), last);
	else
		join(out, PICK(rng, ru_men), last, "_");
}

/* An adjective and a noun, written together. */
static void make_nick(struct name *out, struct rng *rng, enum lang lang)
{
	const struct word *adjective =
		lang == LANG_RU ? PICK(rng, ru_adjectives) : PICK(rng, en_adjectives);
	const struct word *noun = lang == LANG_RU ? PICK(rng, ru_nouns) : PICK(rng, en_nouns);
	join(out, adjective, noun, "");
}

static void make_english(struct name *out, struct rng *rng)
{
	const struct word *first = PICK(rng, en_first);
	join(out, first, PICK(rng, en_last), ".");
}

void name_make(struct name *out, struct rng *rng, enum lang lang)
{
	if (rng_chance(rng, 0.4))
		make_nick(out, rng, lang);
	else if (lang == LANG_RU)
		make_russian(out, rng);
	else
		make_english(out, rng);
	if (rng_chance(rng, 0.35)) {
		size_t shown = strcspn(out->display, " ");
		out->display[shown] = '\0'; /* many go by one word */
	}
}

void name_character(char *out, size_t size, struct rng *rng)
{
	static const char *const first[] = { "Марк",  "Джон", "Виктор", "Лиам",  "Эмма", "Алан",
					     "Рик",   "Сара", "Тони",   "Диего", "Ник",  "Хлоя",
					     "Оскар", "Лео",  "Майкл",  "Кейт",  "Итан", "Роза" };
	static const char *const last[] = { "Салливан", "Картер", "Моретти", "Хейз",
					    "Блэк",     "Рейес",  "Стоун",   "Донован",
					    "Крейн",    "Вэнс",   "Миллер",  "Фокс",
					    "Ортега",   "Грант",  "Шелби",   "Уайт" };
	const char *given = first[rng_below(rng, RA_COUNT(first))];
	snprintf(out, size, "%s %s", given, last[rng_below(rng, RA_COUNT(last))]);
}
