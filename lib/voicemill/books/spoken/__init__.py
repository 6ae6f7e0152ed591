"""From the text of a page to what is spoken, one piece at a time.

sentences    where sentences end, by the library and by rules of each language (ends, words)
clauses      a sentence too long for an engine, in pieces
dialogue     who speaks: the narrator, or somebody in quotation marks (quotes)
pauses       how long it is silent afterwards
"""
