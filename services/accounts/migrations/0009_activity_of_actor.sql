-- What one member of staff or program did of one kind is read along this: a program may have done a million other things.
CREATE INDEX activity_of_actor ON activity (actor, kind, activity_id);
