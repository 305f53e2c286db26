-- DuckDB 1.5: the portable names of sql/ that DuckDB lacks or means otherwise, and marquee's own macros.
-- Run once in a fresh connection's `main` schema, before any model. What each name means, and what the Spark side
-- has to provide under the same name, stands in README.md beside this file.
-- Only here may a text use regular-expression classes, backslashes, lambdas and try_cast: models never do.

-- 1. Spark's names ------------------------------------------------------------------------------------------------
-- A macro hides the built-in of its name; `system.main.` reaches the built-in, so none of these calls itself.
create or replace macro explode(l) as unnest(l);
create or replace macro element_at(l, i) as l[i];                        -- from 1; negative from the end; null outside
create or replace macro array_join(l, sep) as array_to_string(l, sep);
create or replace macro size(l) as len(l);
create or replace macro cardinality(l) as len(l);
create or replace macro regexp_like(s, p) as regexp_matches(s, p);
create or replace macro regexp_replace(s, p, r) as system.main.regexp_replace(s, p, r, 'g');
create or replace macro split(s, p) as regexp_split_to_array(s, p);
create or replace macro datediff(later, earlier) as date_diff('day', cast(earlier as date), cast(later as date));
create or replace macro collect_list(x) as list(x) filter (where x is not null);
create or replace macro percentile(x, p) as quantile_cont(x, p);
create or replace macro try_divide(a, b) as a / nullif(b, 0);
create or replace macro trunc(d, unit) as cast(date_trunc(unit, d) as date), (x) as system.main.trunc(x);
create or replace macro sequence(a, b) as generate_series(a, b),
  (a, b, step) as list_transform(generate_series(a, b, step), lambda x: cast(x as date));

-- 2. Text ---------------------------------------------------------------------------------------------------------
create or replace macro squeezed(t) as nullif(trim(system.main.regexp_replace(t,
  '[\s\p{Z}\x{0B}\x{85}\x{200B}\x{FEFF}]+', ' ', 'g')), '');
create or replace macro clean_text(t) as case
  when regexp_matches(t, '^$|^ | $|  |[\x00-\x1F\x{7F}-\x{A0}\x{1680}\x{2000}-\x{200B}\x{2028}-\x{202F}\x{205F}\x{3000}\x{FEFF}]')
  then squeezed(t) else t end;
-- What publishers write for "we don't know". Not "NA": it is a language and a country code.
create or replace macro is_unknown_token(t) as strlen(t) < 16 and lower(trim(t, ' ' || chr(9) || chr(10) || chr(13) || chr(160))) in
  ('', '-', '--', '–', '—', '.', '?', 'n/a', '#n/a', 'n.a.', '<na>', '\n', 'nan', 'null', 'none', 'unknown');
create or replace macro known(t) as case when is_unknown_token(t) then null else clean_text(t) end;

-- 3. Numbers ------------------------------------------------------------------------------------------------------
-- Digits, digits with zero fraction, "1,234" and "5,39,085", "1.5e7"; at most 12 digits, so that sums stay in 64 bits.
create or replace macro whole_number(t) as case
  when regexp_full_match(t, '[0-9]{1,12}(?:\.0*)?') then try_cast(split_part(t, '.', 1) as bigint)
  when regexp_full_match(t, '(?:[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,2}(?:,[0-9]{2}){1,4},[0-9]{3})(?:\.0*)?')
    then try_cast(replace(split_part(t, '.', 1), ',', '') as bigint)
  when regexp_full_match(t, '[0-9](?:\.[0-9]{1,11})?[eE]\+?(?:0?[0-9]|1[01])')
    and try_cast(t as double) = floor(try_cast(t as double)) then try_cast(try_cast(t as double) as bigint)
  end;
create or replace macro parse_integer(t) as case
  when regexp_full_match(t, '[0-9]{1,12}') then try_cast(t as bigint)
  else whole_number(clean_text(t)) end;
create or replace macro is_zero(t) as regexp_full_match(clean_text(t),
  '(?i)(?:USD ?\$?|US ?\$|\$)? ?[+-]?0+(?:,0+)*(?:\.0*)?(?:e[+-]?[0-9]+)? ?(?:USD|US\$|\$)?');
create or replace macro without_usd(t) as system.main.regexp_replace(t,
  '^(?:USD ?\$?|US ?\$|\$) ?| ?(?:USD|US\$|\$)$', '', 'gi');
create or replace macro parse_money(t) as nullif(case
  when regexp_full_match(t, '[0-9]{1,12}') then try_cast(t as bigint)
  when regexp_full_match(t, '[0-9.,eE+]+') then whole_number(t)
  else whole_number(without_usd(clean_text(t))) end, 0);
create or replace macro parse_number(t) as case
  when regexp_full_match(t, '[0-9]{1,15}(?:\.[0-9]{1,15})?') then try_cast(t as double)
  when regexp_full_match(clean_text(t), '[+-]?(?:[0-9]+\.?|[0-9]*\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?')
    then try_cast(clean_text(t) as double)
  when regexp_full_match(clean_text(t), '[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?')
    then try_cast(replace(clean_text(t), ',', '') as double)
  end;
create or replace macro parse_rating(t) as case
  when parse_number(t) > 0 and parse_number(t) <= 10 then parse_number(t) end;
create or replace macro parse_micro(t) as case
  when regexp_full_match(clean_text(t), '[+-]?[0-9]{1,9}(?:\.[0-9]*)?')
    then cast(try_cast(clean_text(t) as decimal(18, 6)) * 1000000 as bigint)
  when regexp_full_match(clean_text(t), '[+-]?[0-9]{1,3}(?:,[0-9]{3}){1,2}(?:\.[0-9]*)?')
    then cast(try_cast(replace(clean_text(t), ',', '') as decimal(18, 6)) * 1000000 as bigint)
  end;
create or replace macro parse_minutes(t) as nullif(case
  when regexp_full_match(t, '[0-9]{1,5}(?:\.0*)?') then try_cast(split_part(t, '.', 1) as int)
  when regexp_full_match(clean_text(t), '(?i)[0-9]{1,5} ?(?:m|min|mins|minutes?)\.?')
    then try_cast(regexp_extract(t, '[0-9]+') as int)
  when regexp_full_match(clean_text(t), '(?i)[0-9]{1,3} ?(?:h|hrs?|hours?)\.?,?(?: ?[0-9]{1,2} ?(?:m|min|mins|minutes?)?\.?)?')
    then 60 * try_cast(regexp_extract(t, '[0-9]+') as int)
      + coalesce(try_cast(regexp_extract(t, '[0-9]+[^0-9]+([0-9]+)', 1) as int), 0)
  end, 0);

-- 4. Identity -----------------------------------------------------------------------------------------------------
create or replace macro imdb_digits(t) as ltrim(regexp_extract(
  case when regexp_full_match(t, '[0-9]{1,9}') then 'tt' || t else lower(t) end,
  '(?:^|[^a-z0-9])tt([0-9]{1,10})(?:[^a-z0-9]|$)', 1), '0');
create or replace macro parse_imdb_id(t) as case
  when regexp_full_match(t, 'tt(?:0[0-9]{6}|[1-9][0-9]{6,7})') then nullif(t, 'tt0000000')
  when imdb_digits(clean_text(t)) <> '' then 'tt' || case
    when length(imdb_digits(clean_text(t))) < 7 then lpad(imdb_digits(clean_text(t)), 7, '0')
    else imdb_digits(clean_text(t)) end
  end;

create or replace macro plain_letters(t) as replace(replace(replace(
  translate(strip_accents(t), 'øłđðħıς', 'olddhiσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
create or replace macro title_key(t) as nullif(trim(case
  when strlen(t) = length(t) then system.main.regexp_replace(lower(t), '[^a-z0-9]+', ' ', 'g')
  -- Marks are letters' vowels in many scripts (कि, が): they are stripped only where they are accents.
  when regexp_matches(t, '[^\p{Latin}\p{Greek}\p{Cyrillic}\p{Common}\p{Inherited}]')
    then system.main.regexp_replace(lower(nfc_normalize(t)), '[^\p{L}\p{N}\p{M}]+', ' ', 'g')
  else system.main.regexp_replace(plain_letters(lower(t)), '[^\p{L}\p{N}]+', ' ', 'g') end), '');

-- Some publishers tell namesakes apart by the year: "Frozen (2010)" of 2010 is "Frozen" to everybody else.
create or replace macro without_year(title, release_year) as case
  when right(title, 7) = ' (' || release_year || ')' then left(title, length(title) - 7) else title end;

-- 5. Years and dates ----------------------------------------------------------------------------------------------
-- The bounds are constants, not the clock: the same drops give the same warehouse in any year. Raise next_year() with a
-- release; editing sql/ recomputes everything, which is what a moved bound needs.
create or replace macro first_film_year() as 1870;
create or replace macro next_year() as 2027;
create or replace macro last_film_year() as 2099;

create or replace macro plausible_year(y) as case when y between first_film_year() and last_film_year() then y end;
create or replace macro parse_year(t) as plausible_year(case
  when regexp_full_match(t, '[0-9]{4}') then try_cast(t as int)
  else try_cast(nullif(regexp_extract(t,
    '(?:^|[^0-9.,])((?:18|19|20)[0-9]{2})(?:\.0*)?(?:[^0-9.,]|, |,$|$)', 1), '') as int) end);
create or replace macro nearest_century(year_of_century, release_year) as
  year_of_century + 100 * cast(round((release_year - year_of_century) / 100.0) as int);
create or replace macro full_year(y, digits, is_iso, release_year) as plausible_year(case
  when (digits = 2 or y > next_year()) and release_year is not null then nearest_century(y % 100, release_year)
  when digits = 2 then case when 2000 + y <= next_year() then 2000 + y else 1900 + y end
  when y > next_year() and not is_iso then y - 100
  else y end);
create or replace macro month_number(name) as
  cast((position(lower(left(name, 3)) in 'janfebmaraprmayjunjulaugsepoctnovdec') + 2) / 3 as int);
create or replace macro month_name_pattern() as
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
-- Each reading takes a text apart into year, month and day texts; all '' where it does not apply.
create or replace macro iso_parts(t) as regexp_extract(t,
  '^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ][0-9]{1,2}:[0-9:.]+ ?(?:Z|UTC|[+-][0-9:]+)?)?$', ['y', 'm', 'd']);
create or replace macro triple_parts(t) as regexp_extract(t,
  '^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})(?: [0-9]{1,2}:[0-9:.]+ ?(?:AM|PM)?)?$', ['a', 'b', 'c']);
create or replace macro month_first_parts(t) as regexp_extract(t,
  '(?i)^(?:[a-z]+day,? )?' || month_name_pattern() || '\.?[ -]([0-9]{1,2})(?:st|nd|rd|th)?,?[ -]([0-9]{4}|[0-9]{2})(?: ?\([^()]*\))?$',
  ['m', 'd', 'y']);
create or replace macro day_first_parts(t) as regexp_extract(t,
  '(?i)^(?:[a-z]+day,? )?([0-9]{1,2})(?:st|nd|rd|th)?[ -]' || month_name_pattern() || '\.?,?[ -]([0-9]{4}|[0-9]{2})(?: ?\([^()]*\))?$',
  ['d', 'm', 'y']);
create or replace macro date_of(y, m, d, is_iso, release_year) as try_cast(
  full_year(try_cast(y as int), length(y), is_iso, release_year) || '-' || m || '-' || d as date);
-- d/m/y and m/d/y by declared order; where the order is y-m-d, only texts that can mean one thing.
create or replace macro triple_date(p, date_order, release_year) as case
  when p.a = '' then null
  when date_order = 'mdy' then date_of(p.c, p.a, p.b, false, release_year)
  when date_order = 'dmy' then date_of(p.c, p.b, p.a, false, release_year)
  when length(p.c) = 2 and length(p.a) = 2 then date_of(p.a, p.b, p.c, false, release_year)
  when length(p.c) = 4 and try_cast(p.a as int) > 12 then date_of(p.c, p.b, p.a, false, release_year)
  when length(p.c) = 4 and (try_cast(p.b as int) > 12 or p.a = p.b) then date_of(p.c, p.a, p.b, false, release_year)
  end;
create or replace macro slow_date(t, date_order, release_year) as coalesce(
  list_transform([regexp_extract(t, '^([0-9]{4})([0-9]{2})([0-9]{2})$', ['y', 'm', 'd'])],
    lambda p: date_of(p.y, p.m, p.d, true, release_year))[1],
  list_transform([iso_parts(t)], lambda p: date_of(p.y, p.m, p.d, true, release_year))[1],
  list_transform([triple_parts(t)], lambda p: triple_date(p, date_order, release_year))[1],
  list_transform([month_first_parts(t)], lambda p: date_of(p.y, cast(month_number(p.m) as varchar), p.d, false, release_year))[1],
  list_transform([day_first_parts(t)], lambda p: date_of(p.y, cast(month_number(p.m) as varchar), p.d, false, release_year))[1]);
create or replace macro parse_date(t, date_order, release_year) as case
  when t is null then null
  when t like '____-__-__' and try_cast(t as date) between make_date(first_film_year(), 1, 1) and make_date(next_year(), 12, 31)
    then try_cast(t as date)
  else slow_date(clean_text(t), date_order, release_year) end;
create or replace macro month_parts(t) as regexp_extract(t,
  '(?i)^(?:' || month_name_pattern() || '|([0-9]{1,2}))[ ,./-]{1,2}([0-9]{4})$', ['name', 'm', 'y']);
create or replace macro parse_month(t, date_order) as cast(date_trunc('month', coalesce(
  list_transform([regexp_extract(clean_text(t), '^([0-9]{4})[-/. ]?[mM]?([0-9]{1,2})$', ['y', 'm'])],
    lambda p: date_of(p.y, p.m, '1', true, null))[1],
  list_transform([month_parts(clean_text(t))],
    lambda p: date_of(p.y, case when p.name = '' then p.m else cast(month_number(p.name) as varchar) end, '1', true, null))[1],
  list_transform([regexp_extract(clean_text(t), '(?i)^([0-9]{4})[ -]' || month_name_pattern() || '$', ['y', 'm'])],
    lambda p: date_of(p.y, cast(month_number(p.m) as varchar), '1', true, null))[1],
  parse_date(t, date_order, null))) as date);

-- 6. Lists --------------------------------------------------------------------------------------------------------
create or replace macro distinct_in_order(l) as case
  when list_unique(l) = len(l) then l
  else list_filter(l, lambda x, i: list_position(l, x) = i) end;
-- \u00e9, \xe9, \', \", \\ inside a quoted item; a backslash that is no escape stays.
create or replace macro as_json_string(t) as '"' || replace(replace(system.main.regexp_replace(replace(t, '\''', ''''),
  '\\x([0-9A-Fa-f]{2})', '\\u00\1', 'g'), '\"', '"'), '"', '\"') || '"';
create or replace macro unescaped(t) as case
  when not contains(t, '\') then t
  when json_valid(as_json_string(t)) then json_extract_string(as_json_string(t), '$')
  else t end;
create or replace macro tidy_item(t) as known(system.main.regexp_replace(squeezed(unescaped(t)), '^[ ,;|]+|[ ,;|]+$|^.*:$', '', 'g'));
create or replace macro tidy_list(l) as distinct_in_order(list_filter(
  list_transform(l, lambda t: tidy_item(t)), lambda t: t is not null));

create or replace macro quoted_pattern() as '"(?:[^"\\]|\\.)*"|''(?:[^''\\]|\\.)*''';
create or replace macro unquoted(t) as t[2:length(t) - 1];
create or replace macro quoted_items(t) as list_transform(regexp_extract_all(t, '(?s)' || quoted_pattern()), lambda q: unquoted(q));
create or replace macro field_of(object_text, field) as unquoted(regexp_extract(object_text,
  '(?s)[{,]\s*["'']' || field || '["'']\s*:\s*(' || quoted_pattern() || ')', 1));
-- Objects of a TMDB crew list say a job; of those only the directors count.
create or replace macro named_items(t) as list_transform(
  list_filter(regexp_extract_all(t, '(?s)\{(?:[^{}"'']|' || quoted_pattern() || ')*\}'),
    lambda o: not contains(o, 'job') or field_of(o, 'job') in ('', 'Director')),
  lambda o: field_of(o, 'name'));
-- "Toho Co., Ltd., Gaumont" and "Louis Gossett, Jr." are not cut before Ltd. and Jr.: the comma hides as U+001F.
create or replace macro suffix_pattern() as
  '(Inc|Incorporated|Ltd|Limited|LLC|L\.L\.C|LLP|L\.P|PLC|Co|Corp|GmbH|S\.A|S\.A\.S|S\.L|S\.p\.A|S\.r\.l|B\.V|A\.S|Jr|Sr)';
create or replace macro suffix_joined(t) as system.main.regexp_replace(t,
  '(?i), ?' || suffix_pattern() || '(\.?) *(,|$)', e'\x1F \\1\\2\\3', 'g');
create or replace macro comma_items(t) as list_transform(string_split(suffix_joined(suffix_joined(t)), ','),
  lambda x: replace(x, e'\x1F', ','));
create or replace macro plain_items(t) as case
  when contains(t, '|') then string_split(t, '|') else comma_items(t) end;
create or replace macro slow_list(t) as case
  when not regexp_matches(t, '^\[') then tidy_list(plain_items(t))
  when regexp_matches(t, '(?s)^\[\s*\{.*\}\s*\]$') then tidy_list(named_items(t))
  when regexp_matches(t, '(?s)^\[\s*(?:None|null|NaN|["'']).*\]$') then tidy_list(quoted_items(t))
  when regexp_matches(t, '(?s)^\[[^"{}]*\]$') then tidy_list(plain_items(t[2:length(t) - 1]))
  when not regexp_matches(t, '^\[\s*["''{]') then tidy_list(plain_items(t))
  end;
-- Most lists are "A, B": nothing to unescape or to drop, seen by one regular expression over the whole text.
create or replace macro parse_list(t) as case
  when t is null then null
  when regexp_full_match(t, '[\pL\pN][\pL\pN.&''!+-]*(?: [\pL\pN.&''!+()-]+)*(?:, [\pL\pN][\pL\pN.&''!+-]*(?: [\pL\pN.&''!+()-]+)*)*')
    and not regexp_matches(t, '(?i)(?:^|, )(?:nan|null|none|unknown|n\.a\.|' || suffix_pattern() || '\.?)(?:,|$)')
    then distinct_in_order(string_split(t, ', '))
  else case when len(slow_list(clean_text(t))) > 0 then slow_list(clean_text(t)) end end;
create or replace macro known_names(a, b, c) as case
  when coalesce(a, b, c) is not null then distinct_in_order(list_filter([a, b, c], lambda x: x is not null)) end;

-- Genres under one name, whoever published them. Only true synonyms: a Musical is no Music, a Biography no Drama.
create or replace macro genre_key(g) as trim(system.main.regexp_replace(lower(g), '[^\pL\pN]+', ' ', 'g'));
create or replace macro capitalized(t) as array_to_string(list_transform(string_split(lower(t), ' '),
  lambda w: upper(left(w, 1)) || w[2:]), ' ');
create or replace macro genre_name(g) as case
  when g in ('Drama', 'Comedy', 'Action', 'Adventure', 'Animation', 'Crime', 'Documentary', 'Family', 'Fantasy', 'History',
    'Horror', 'Music', 'Mystery', 'Romance', 'Science Fiction', 'TV Movie', 'Thriller', 'War', 'Western') then g
  when genre_key(g) in ('sci fi', 'scifi', 'science fiction', 'sciencefiction', 'sf') then 'Science Fiction'
  when genre_key(g) in ('thriller suspense', 'suspense', 'suspense thriller', 'thrillers') then 'Thriller'
  when genre_key(g) in ('film noir', 'noir', 'filmnoir') then 'Film Noir'
  when genre_key(g) in ('biographical', 'biopic', 'bio') then 'Biography'
  when genre_key(g) in ('sports') then 'Sport'
  when genre_key(g) in ('historical') then 'History'
  when genre_key(g) in ('romantic') then 'Romance'
  when genre_key(g) in ('romcom', 'rom com', 'romance comedy') then 'Romantic Comedy'
  when genre_key(g) in ('dark comedy') then 'Black Comedy'
  when genre_key(g) in ('animated', 'animations') then 'Animation'
  when genre_key(g) in ('documentaries', 'doc') then 'Documentary'
  when genre_key(g) in ('musicals') then 'Musical'
  when genre_key(g) in ('westerns') then 'Western'
  when genre_key(g) in ('comedies') then 'Comedy'
  when genre_key(g) in ('dramas') then 'Drama'
  when genre_key(g) in ('kids', 'children', 'childrens', 'children s') then 'Family'
  when genre_key(g) in ('tv movie', 'tvmovie', 'television movie') then 'TV Movie'
  when genre_key(g) in ('reality tv', 'reality') then 'Reality TV'
  when genre_key(g) in ('talk show') then 'Talk Show'
  when genre_key(g) in ('game show') then 'Game Show'
  when g = lower(g) or g = upper(g) then capitalized(g)
  else g end;
create or replace macro genre_names(l) as distinct_in_order(list_transform(l, lambda g: genre_name(g)));

-- Models ----------------------------------------------------------------------------------------------------------
-- The row of cpi_factors that prices a release: its month, or (month 0) its year where that is the basis or all we know.
create or replace macro cpi_period(basis, release_date, release_year) as
  case when basis = 'month' and release_date is not null then year(release_date) * 100 + month(release_date)
  else release_year * 100 end;
-- The part of a whole amount that falls to a position of so many equal parts: largest remainder, first come first.
create or replace macro whole_share(amount, parts, position) as
  cast(amount // parts + case when position <= amount % parts then 1 else 0 end as bigint);
