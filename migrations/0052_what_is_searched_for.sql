-- Lists of any length are searched by words and their beginnings: of clients by name, id and redirect URIs, of users by
-- username, e-mail address and names. Full-text search of PostgreSQL alone: no extension, whose owner would have to be asked.
--
-- A word ends where one of these characters stands: what is typed into a search is cut the same way (store/words.rs). Long
-- texts are cut short, because a lexeme has an end. The cost tells the planner not to do it for every row.
create function search_words(of_text text) returns tsvector
language plpgsql immutable strict parallel safe cost 2000
as $$
declare
    words text[] := array_remove(string_to_array(translate(lower(of_text), '"''\,.:;/@_-[]()', '               '), ' '), '');
begin
    if length(of_text) <= 500 then
        return array_to_tsvector(words);
    end if;
    return array_to_tsvector(array(select left(word, 200) from unnest(words[1:5000]) word));
end
$$;

-- No pending list: each search would read it from end to end.
create index clients_by_word on clients using gin (
    search_words((metadata ->> 'client_name') || ' ' || client_id || ' ' || (metadata ->> 'redirect_uris'))
) with (fastupdate = off);
create index users_by_word on users using gin (
    search_words(
        username_key || ' ' || coalesce(email, '') || ' ' || coalesce(profile ->> 'name', '')
        || ' ' || coalesce(profile ->> 'given_name', '') || ' ' || coalesce(profile ->> 'family_name', '')
        || ' ' || coalesce(profile ->> 'nickname', '')
    )
) with (fastupdate = off);

-- The other order of both lists: who came last.
create index clients_by_time on clients (created_at, client_id);
create index users_by_time on users (created_at, user_id);
