-- DuckDB 1.5: the portable names of sql/ that DuckDB lacks or means otherwise, and marquee's own macros.
-- They stand in a schema of the warehouse, which is made again where this text is another. What each name means stands in
-- README.md.
-- Only here may a text use regular-expression classes, backslashes, lambdas and try_cast: models never do.

-- 1. Text ---------------------------------------------------------------------------------------------------------
-- Every macro here that reads cells tries the common, clean form first and works on the rest in a lambda over a list of
-- one: `list_transform([x], lambda v: ...)[1]` is this dialect's "let v = x". Without it each use of a parameter copies
-- its whole expression, and planning a staging model took 1.7 s instead of a few hundredths. For the same reason no
-- pattern names Unicode classes where a range of code points does: each \p{L} costs a millisecond to compile.
create or replace macro squeezed(t) as nullif(trim(system.main.regexp_replace(t,
  '[\x00-\x20\x{7F}-\x{A0}\x{1680}\x{2000}-\x{200B}\x{2028}-\x{202F}\x{205F}\x{3000}\x{FEFF}]+', ' ', 'g')), '');
create or replace macro clean_text(t) as case
  when regexp_matches(t, '^$|^ | $|  |[\x00-\x1F\x{7F}-\x{A0}\x{1680}\x{2000}-\x{200B}\x{2028}-\x{202F}\x{205F}\x{3000}\x{FEFF}]')
  then squeezed(t) else t end;
-- "AmÃ©lie", "Worldâ€™s": UTF-8 that somebody read as Windows-1252 or Latin-1 and wrote as UTF-8 again. It is read back
-- where the text as a whole is such bytes, so that "CAFÉ…" or "SÃO PAULO" stay what they are. The first tests are
-- cheap: ASCII, and no letter that may begin such a sequence before something that is no letter of Europe.
create or replace macro as_bytes(t) as translate(t, '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ', decode(
  '\xC2\x80\xC2\x82\xC2\x83\xC2\x84\xC2\x85\xC2\x86\xC2\x87\xC2\x88\xC2\x89\xC2\x8A\xC2\x8B\xC2\x8C\xC2\x8E\xC2\x91'::blob
  || '\xC2\x92\xC2\x93\xC2\x94\xC2\x95\xC2\x96\xC2\x97\xC2\x98\xC2\x99\xC2\x9A\xC2\x9B\xC2\x9C\xC2\x9E\xC2\x9F'::blob));
create or replace macro mended(t) as case
  when strlen(t) = length(t) or not regexp_matches(t, '[\x{C2}\x{C3}\x{E0}-\x{EF}](?:[\x{80}-\x{BF}]|[^\x00-\x{24F}]|[ŒœŠšŸŽžƒ])') then t
  when t is not null then list_transform([as_bytes(t)], lambda v: case
    when regexp_matches(v, '[\x{C2}\x{C3}][\x{80}-\x{BF}]|[\x{E0}-\x{EF}][\x{80}-\x{BF}]{2}')
      and not regexp_matches(v, '[^\x{00}-\x{FF}]')
    then coalesce(try(decode(unhex(array_to_string(
      list_transform(string_split(v, ''), lambda c: printf('%02x', unicode(c))), '')))), t)
    else t end)[1] end;
-- What publishers write for "we don't know". Not "NA": it is a language and a country code.
-- A list and not `in (...)`, which DuckDB plans as a join that looks at every row before any `case` is asked.
create or replace macro is_unknown_token(t) as strlen(t) < 16 and list_contains(
  ['', '-', '--', '–', '—', '.', '?', 'n/a', '#n/a', 'n.a.', '<na>', '\n', 'nan', 'null', 'none', 'unknown'],
  lower(trim(t, ' ' || chr(9) || chr(10) || chr(13) || chr(160))));
-- None of these words has two letters, more than seven, or another word beside it: "en", "Released", "Post Production".
create or replace macro known(t) as case
  when regexp_full_match(t, '[A-Za-z]{2}|[A-Za-z]{8,}|[A-Za-z]+(?: [A-Za-z]+)+') then t
  when is_unknown_token(t) then null
  else clean_text(t) end;

-- 2. Numbers ------------------------------------------------------------------------------------------------------
-- "19000000.0", "1,234", "5,39,085", "1,234.00", "1.5e7"; at most 12 digits, so that sums stay in 64 bits. Not "1,163.0":
-- a grouped number with one decimal is Box Office Mojo's way to say millions, as its neighbour "1,131.6" shows.
create or replace macro whole_number(t) as case
  when regexp_full_match(t,
    '[0-9]{1,12}(?:\.0*)?|(?:[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,2}(?:,[0-9]{2}){1,4},[0-9]{3})(?:\.(?:00+)?)?')
    then try_cast(replace(split_part(t, '.', 1), ',', '') as bigint)
  when regexp_full_match(t, '[0-9](?:\.[0-9]{1,11})?[eE]\+?(?:0?[0-9]|1[01])')
    then list_transform([try_cast(t as double)], lambda v: case when v = floor(v) then cast(v as bigint) end)[1]
  end;
create or replace macro parse_integer(t) as case
  when regexp_full_match(t, '[0-9]{1,12}') then try_cast(t as bigint)
  when t is not null then list_transform([squeezed(t)], lambda v: whole_number(v))[1] end;
create or replace macro without_usd(t) as system.main.regexp_replace(t,
  '^(?:USD ?\$?|US ?\$|\$) ?| ?(?:USD|US\$|\$)$', '', 'gi');
create or replace macro parse_money(t) as case
  when t = '0' then null
  when regexp_full_match(t, '0*[1-9][0-9]{0,11}') then try_cast(t as bigint)
  when t is not null then list_transform([without_usd(squeezed(t))], lambda v: nullif(whole_number(v), 0))[1] end;
create or replace macro is_zero(t) as regexp_full_match(squeezed(t),
  '(?i)(?:USD ?\$?|US ?\$|\$)? ?[+-]?0+(?:,0+)*(?:\.0*)?(?:e[+-]?[0-9]+)? ?(?:USD|US\$|\$)?');
create or replace macro parse_number(t) as case
  when regexp_full_match(t, '[0-9]{1,15}(?:\.[0-9]{1,15})?') then try_cast(t as double)
  when t is not null then list_transform([squeezed(t)], lambda v: case
    when regexp_full_match(v, '[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?)(?:[eE][+-]?[0-9]{1,2})?')
    then try_cast(replace(v, ',', '') as double) end)[1] end;
create or replace macro parse_rating(t) as list_transform([parse_number(t)],
  lambda v: case when v > 0 and v <= 10 then v end)[1];
create or replace macro parse_micro(t) as list_transform([squeezed(t)], lambda v: case
  when regexp_full_match(v, '[+-]?(?:[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.[0-9]*)?')
  then cast(cast(try_cast(replace(v, ',', '') as decimal(18, 6)) as decimal(28, 6)) * 1000000 as bigint) end)[1];
create or replace macro parse_minutes(t) as nullif(case
  when regexp_full_match(t, '[0-9]{1,5}(?:\.0*)?') then try_cast(split_part(t, '.', 1) as int)
  when t is not null then list_transform([regexp_extract(squeezed(t),
    '(?i)^(?:([0-9]{1,3}) ?(?:h|hrs?|hours?)\.?,? ?)?(?:([0-9]{1,5}) ?(?:m|mins?|minutes?)?\.?)?$', ['h', 'm'])],
    lambda p: case when p.h || p.m <> '' then 60 * coalesce(try_cast(p.h as int), 0) + coalesce(try_cast(p.m as int), 0) end)[1]
  end, 0);

-- 3. Identity -----------------------------------------------------------------------------------------------------
create or replace macro imdb_id_of(digits) as case
  when digits = '' then null
  when length(digits) < 7 then 'tt' || lpad(digits, 7, '0')
  else 'tt' || digits end;
create or replace macro parse_imdb_id(t) as case
  when regexp_full_match(t, 'tt(?:[0-9]{7}|[1-9][0-9]{7,8})') and t <> 'tt0000000' then t
  when t is not null then list_transform([ltrim(regexp_extract(lower(squeezed(t)),
    '(?:^|[^a-z0-9])tt([0-9]{1,10})(?:[^a-z0-9]|$)', 1) || regexp_extract(squeezed(t), '^[0-9]{1,9}$'), '0')],
    lambda d: imdb_id_of(d))[1] end;

create or replace macro plain_letters(t) as replace(replace(replace(
  translate(strip_accents(t), 'øłđðħıς', 'olddhiσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
create or replace macro title_key(t) as case
  when regexp_full_match(t, '[A-Za-z0-9]+(?: [A-Za-z0-9]+)*') then lower(t)
  else nullif(trim(case
  when strlen(t) = length(t) then system.main.regexp_replace(lower(t), '[^a-z0-9]+', ' ', 'g')
  else system.main.regexp_replace(case
    -- Marks are the vowels of many scripts (कि, が): they are stripped only where they are accents.
    when regexp_matches(t, '[^\p{Latin}\p{Greek}\p{Cyrillic}\p{Common}\p{Inherited}]') then lower(nfc_normalize(t))
    else plain_letters(lower(t)) end, '[^\p{L}\p{N}\p{M}]+', ' ', 'g') end), '') end;
-- Some publishers tell namesakes apart by the year: "Frozen (2010)" of 2010 is "Frozen" to everybody else.
create or replace macro without_year(title, release_year) as case
  when right(title, 7) = ' (' || release_year || ')' then left(title, length(title) - 7) else title end;

-- 4. Years and dates ----------------------------------------------------------------------------------------------
-- The bounds are constants, not the clock: the same drops give the same warehouse in any year. Raise next_year() with a
-- release; editing sql/ recomputes everything, which is what a moved bound needs.
create or replace macro first_film_year() as 1870;
create or replace macro next_year() as 2027;
create or replace macro last_film_year() as 2099;

create or replace macro plausible_year(y) as list_transform([y],
  lambda v: case when v between first_film_year() and last_film_year() then v end)[1];
create or replace macro parse_year(t) as case
  when t is not null then plausible_year(try_cast(nullif(case
    when regexp_full_match(t, '[0-9]{4}') then t
    else regexp_extract(t, '(?:^|[^0-9.,])((?:18|19|20)[0-9]{2})(?:\.0*)?(?:[^0-9.,]|, |,$|$)', 1) end, '') as int)) end;
create or replace macro nearest_century(y, release_year) as
  y % 100 + 100 * cast(round((release_year - y % 100) / 100.0) as int);
create or replace macro full_year(y, digits, is_iso, release_year) as plausible_year(case
  when digits = 4 and y <= next_year() then y
  when release_year is not null then nearest_century(y, release_year)
  when digits = 4 then case when is_iso then y else y - 100 end
  when 2000 + y <= next_year() then 2000 + y
  else 1900 + y end);
create or replace macro date_of(p, release_year) as try_cast(full_year(
  try_cast(p.y as int), length(p.y), p.is_iso, release_year) || '-' || p.m || '-' || p.d as date);

create or replace macro month_pattern() as '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|'
  || 'aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
create or replace macro month_number(name) as
  cast((position(lower(left(name, 3)) in 'janfebmaraprmayjunjulaugsepoctnovdec') + 2) // 3 as varchar);
create or replace macro time_pattern() as '(?:[T ][0-9]{1,2}:[0-9:.]+ ?(?:Z|UTC|AM|PM|[+-][0-9:]+)?)?';
-- Each reading takes a text apart into year, month and day texts.
create or replace macro iso_parts(t) as list_transform([regexp_extract(t,
  '(?i)^([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|([0-9]{2})([0-9]{2}))' || time_pattern() || '$', ['y', 'm', 'd', 'n', 'e'])],
  lambda p: {'y': p.y, 'm': p.m || p.n, 'd': p.d || p.e, 'is_iso': true})[1];
-- d/m/y and m/d/y by declared order; where the order is y-m-d, only what can mean one thing.
create or replace macro ordered(p, date_order) as case
  when date_order = 'mdy' or date_order = 'ymd' and length(p.c) = 4 and (try_cast(p.b as int) > 12 or p.a = p.b)
    then {'y': p.c, 'm': p.a, 'd': p.b, 'is_iso': false}
  when date_order = 'dmy' or date_order = 'ymd' and length(p.c) = 4 and try_cast(p.a as int) > 12
    then {'y': p.c, 'm': p.b, 'd': p.a, 'is_iso': false}
  when length(p.a) = 2 and length(p.c) = 2 then {'y': p.a, 'm': p.b, 'd': p.c, 'is_iso': false} end;
create or replace macro triple_parts(t, date_order) as list_transform([regexp_extract(t,
  '(?i)^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})' || time_pattern() || '$', ['a', 'b', 'c'])],
  lambda p: ordered(p, date_order))[1];
create or replace macro named_parts(t) as list_transform([regexp_extract(t, '(?i)^(?:[a-z]+day,? )?(?:' || month_pattern()
  || '\.?[ -]([0-9]{1,2})|([0-9]{1,2})(?:st|nd|rd|th)?[ -]' || month_pattern()
  || '\.?)(?:st|nd|rd|th)?,?[ -]([0-9]{4}|[0-9]{2})(?: ?\([^()]*\))?$', ['m', 'd', 'e', 'n', 'y'])],
  lambda p: {'y': p.y, 'm': month_number(p.m || p.n), 'd': p.d || p.e, 'is_iso': false})[1];
create or replace macro date_parts(t, date_order) as case
  when regexp_matches(t, '^[0-9]{4}') then iso_parts(t)
  when regexp_matches(t, '^[0-9]{1,2}[-/.][0-9]') then triple_parts(t, date_order)
  else named_parts(t) end;
create or replace macro parse_date(t, date_order, release_year) as case
  when t like '____-__-__' and try_cast(t as date)
    between make_date(first_film_year(), 1, 1) and make_date(next_year(), 12, 31) then try_cast(t as date)
  when t is not null then list_transform(
    list_transform([squeezed(t)], lambda v: date_parts(v, coalesce(date_order, 'ymd'))),
    lambda p: date_of(p, release_year))[1] end;

-- "2020-01", "2020M01", "202001", "2020 Jan"; "Jan 2020", "01/2020"; else a whole date.
create or replace macro month_parts(t) as case
  when regexp_matches(t, '^[0-9]{4}') then list_transform([regexp_extract(t, '(?i)^([0-9]{4})(?:[-/. ]?M?([0-9]{1,2})|[ -]'
    || month_pattern() || ')$', ['y', 'm', 'n'])],
    lambda p: {'y': p.y, 'm': case when p.n = '' then p.m else month_number(p.n) end, 'd': '1', 'is_iso': true})[1]
  else list_transform([regexp_extract(t, '(?i)^(?:' || month_pattern() || '|([0-9]{1,2}))[ ,./-]{1,2}([0-9]{4})$', ['n', 'm', 'y'])],
    lambda p: {'y': p.y, 'm': case when p.n = '' then p.m else month_number(p.n) end, 'd': '1', 'is_iso': true})[1] end;
create or replace macro parse_month(t, date_order) as list_transform([squeezed(t)], lambda v:
  cast(date_trunc('month', coalesce(date_of(month_parts(v), null), parse_date(v, date_order, null))) as date))[1];

-- 5. Lists --------------------------------------------------------------------------------------------------------
-- Spark's array_distinct keeps the order, DuckDB's scrambles it; and a list of nothing is no list: null. Repeated
-- items are found in a sorted copy, because a broken file may hold very long lists.
create or replace macro first_of_each(sorted) as list_transform(list_sort(list_transform(
  list_filter(sorted, lambda x, i: i = 1 or sorted[i - 1][1] is distinct from x[1]),
  lambda x: {'place': x[2], 'item': x[1]})), lambda x: x.item);
create or replace macro distinct_in_order(l) as list_transform([l], lambda v: case
  when coalesce(len(v), 0) = 0 then null
  when list_unique(v) = len(v) then v
  else list_transform([list_sort(list_zip(v, range(len(v))))], lambda s: first_of_each(s))[1] end)[1];
-- \u00e9, \xe9, \', \", \\ inside a quoted item; a backslash that starts no escape stays as it is.
create or replace macro as_json_string(t) as '"' || replace(replace(system.main.regexp_replace(replace(t, '\''', ''''),
  '\\x([0-9A-Fa-f]{2})', '\\u00\1', 'g'), '\"', '"'), '"', '\"') || '"';
create or replace macro unescaped(t) as case
  when not contains(t, '\') then t
  else coalesce(try(json_extract_string(as_json_string(t), '$')), t) end;
-- An item that ends in a colon is a label that was scraped along ("    Stars:").
create or replace macro tidy_item(t) as system.main.regexp_replace(squeezed(unescaped(t)), '^[ ,;|]+|[ ,;|]+$|^.*:$', '', 'g');
create or replace macro tidy_list(l) as list_filter(
  list_transform(l, lambda t: tidy_item(t)), lambda t: not is_unknown_token(t));

create or replace macro quoted_pattern() as '"(?:[^"\\]|\\.)*"|''(?:[^''\\]|\\.)*''';
create or replace macro unquoted(t) as substr(t, 2, length(t) - 2);
create or replace macro quoted_items(t) as list_transform(regexp_extract_all(t, '(?s)' || quoted_pattern()),
  lambda q: unquoted(q));
create or replace macro field_of(object_text, field) as list_transform([regexp_extract(object_text,
  '(?s)[{,]\s*["'']' || field || '["'']\s*:\s*(' || quoted_pattern() || ')', 1)], lambda q: unquoted(q))[1];
-- Objects of a TMDB crew list say a job; of those only the directors count.
create or replace macro named_items(t) as list_transform(
  list_filter(regexp_extract_all(t, '(?s)\{(?:[^{}"'']|' || quoted_pattern() || ')*\}'),
    lambda o: field_of(o, 'job') in ('', 'Director')),
  lambda o: field_of(o, 'name'));
-- "Toho Co., Ltd., Gaumont" and "Louis Gossett, Jr." are not cut before Ltd. and Jr.: the comma hides as U+001F.
create or replace macro suffix_pattern() as
  '(Inc|Incorporated|Ltd|Limited|LLC|L\.L\.C|LLP|L\.P|PLC|Co|Corp|GmbH|S\.A|S\.A\.S|S\.L|S\.p\.A|S\.r\.l|B\.V|A\.S|Jr|Sr|The)';
create or replace macro suffix_joined(t) as system.main.regexp_replace(t,
  '(?i), ?' || suffix_pattern() || '(\.?) *(,|$)', chr(31) || ' \1\2\3', 'g');
create or replace macro plain_items(t) as case
  when contains(t, '|') then string_split(t, '|')
  else list_transform(string_split(suffix_joined(suffix_joined(t)), ','), lambda x: replace(x, chr(31), ',')) end;
-- A literal that breaks off (no closing bracket) is unreadable as a whole: null.
create or replace macro raw_items(t) as case
  when not regexp_matches(t, '^\[\s*(?:\]|\{|None|null|NaN|["''])|^\[[^\]]*\]$') then plain_items(t)
  when not ends_with(t, ']') then null
  when regexp_matches(t, '^\[\s*\{') then named_items(t)
  when regexp_matches(t, '^\[\s*(?:\]|None|null|NaN|["''])') then quoted_items(t)
  else plain_items(unquoted(t)) end;
-- Each genre of a film is counted with each of its companies: what has hundreds of the one or thousands of the other is no such list.
create or replace macro has_over(t, most) as
  case when strlen(t) > most then strlen(t) - strlen(replace(replace(t, ',', ''), '|', '')) > most else false end;
create or replace macro is_oversized_genres(t) as has_over(t, 200);
create or replace macro is_oversized_companies(t) as has_over(t, 1000);
-- A megabyte of names is no list of a film: TMDB's longest cast has a tenth of that.
create or replace macro is_oversized_list(t) as strlen(t) > 1000000;
-- Most lists are "A, B" with nothing to unescape, to join or to drop, which two expressions over the whole text see.
create or replace macro list_items(t) as case
  when is_oversized_list(t) then null
  when regexp_full_match(t, '(?:[^\x00-\x20,;|"\[\]{}\\:\x{7F}-\x{A0}\x{2000}-\x{200B}\x{3000}]+(?:, | ))*[^\x00-\x20,;|"\[\]{}\\:\x{7F}-\x{A0}\x{2000}-\x{200B}\x{3000}]+')
    and not regexp_matches(t, '(?i)(?:^|, )(?:[-–—.?]+|#?n/a|nan|null|none|unknown|n\.a\.|<na>|' || suffix_pattern() || '\.?)(?:,|$)')
    then string_split(t, ', ')
  when t is not null then list_transform([trim(t, ' ' || chr(9) || chr(10) || chr(13) || chr(160))], lambda v: tidy_list(raw_items(v)))[1] end;
create or replace macro parse_list(t) as distinct_in_order(list_items(t));
-- Where a film has several directors, some scrapers kept the word that leads to their list in place of the names.
create or replace macro parse_people(t) as case
  when list_contains(['Director', 'Directors', 'Star', 'Stars', 'Writer', 'Writers'], t) then null
  else parse_list(mended(t)) end;
create or replace macro known_names(a, b, c) as distinct_in_order(list_filter([a, b, c], lambda x: x is not null));

-- 6. Genres -------------------------------------------------------------------------------------------------------
-- One name a genre, whoever published it. Only true synonyms: a Musical is no Music, a Biography no Drama.
create or replace macro genre_synonyms() as map {
  'sci fi': 'Science Fiction', 'scifi': 'Science Fiction', 'science fiction': 'Science Fiction',
  'sciencefiction': 'Science Fiction', 'sf': 'Science Fiction',
  'thriller suspense': 'Thriller', 'suspense thriller': 'Thriller', 'suspense': 'Thriller', 'thrillers': 'Thriller',
  'noir': 'Film Noir', 'filmnoir': 'Film Noir',
  'biographical': 'Biography', 'biopic': 'Biography',
  'historical': 'History', 'sports': 'Sport', 'romantic': 'Romance',
  'romcom': 'Romantic Comedy', 'rom com': 'Romantic Comedy', 'dark comedy': 'Black Comedy',
  'animated': 'Animation', 'documentaries': 'Documentary', 'musicals': 'Musical', 'westerns': 'Western',
  'comedies': 'Comedy', 'dramas': 'Drama', 'kids': 'Family', 'children': 'Family', 'childrens': 'Family', 'children s': 'Family',
  'tv movie': 'TV Movie', 'tvmovie': 'TV Movie', 'television movie': 'TV Movie',
  'reality tv': 'Reality TV', 'talk show': 'Talk Show', 'game show': 'Game Show', 'film noir': 'Film Noir' };
create or replace macro capitalized(t) as list_aggregate(list_transform(string_split(lower(t), ' '),
  lambda w: upper(left(w, 1)) || substr(w, 2)), 'string_agg', ' ');
create or replace macro genre_name(g) as case
  when list_contains(['Drama', 'Comedy', 'Action', 'Adventure', 'Animation', 'Crime', 'Documentary', 'Family', 'Fantasy',
    'History', 'Horror', 'Music', 'Mystery', 'Romance', 'Science Fiction', 'Thriller', 'War', 'Western'], g) then g
  else coalesce(genre_synonyms()[trim(system.main.regexp_replace(lower(g), '[^a-z0-9]+', ' ', 'g'))],
    case when g = lower(g) or g = upper(g) then capitalized(g) else g end) end;
create or replace macro parse_genres(t) as case when not is_oversized_genres(t)
  then distinct_in_order(list_transform(list_items(t), lambda g: genre_name(g))) end;

-- 7. What the checks ask ------------------------------------------------------------------------------------------
create or replace macro excerpt(t) as case when length(t) > 80 then left(t, 80) || '…' else t end;
-- "1980 (Japan)", "November 1980", "2009.0": a year, with or without a month. It is used; no day was lost.
create or replace macro is_date_without_day(t) as regexp_full_match(squeezed(t),
  '(?i)(?:' || month_pattern() || '\.?,? )?\(?[12][0-9]{3}(?:\.0*)?\)?(?: ?\([^()]*\))?|[12][0-9]{3}[-/](?:0?[1-9]|1[0-2])');
create or replace macro is_broken_list(t) as is_oversized_list(t) or regexp_matches(t, '^\s*\[\s*[{"'']')
  and (not regexp_matches(t, '\]\s*$') or regexp_matches(t, '^\s*\[\s*\{') and not contains(t, 'name'));
