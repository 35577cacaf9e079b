"""The report for a committee, in six formats, from a `content.Report` that somebody else filled; it only prints.

`content` is what a report says. `sections` lays it out, once, in `blocks`: headings, sentences, tables, charts. `html`,
`xlsx` and `docx` set blocks in their own type, `pdf` prints the HTML; `csv` and `json` are for machines. `render`
writes the file. Whatever is heavy (matplotlib, WeasyPrint, python-docx, XlsxWriter) is imported when it is used.
"""
