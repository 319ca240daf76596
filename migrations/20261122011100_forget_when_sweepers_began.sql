-- Nobody reads when an instance first looked.
alter table sweepers drop column began_at;
