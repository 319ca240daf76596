-- Apart from the change of the constraints, so that it is read while others write.
alter table search_terms validate constraint search_terms_subject_kind_check;
alter table search_terms validate constraint search_terms_field_check;
