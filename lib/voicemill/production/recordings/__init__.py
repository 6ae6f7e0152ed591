"""Recordings of people: which item each is, and how it enters the catalog.

matching     the files of a folder, each with its item or why it is not certain
names        what a file's name means among the items of a collection
spelling     how keys and texts look as file names
hearing      reading a recording, and what is wrong with it
importing    the one door: master, store, catalog
"""
