"""What is known of captures: locators, drafts of records, evidence, hydration, agreement."""
