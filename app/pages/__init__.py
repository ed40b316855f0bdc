"""The pages of the window, one folder each; ``page.PAGES`` lists them. Pages never import each other: they speak
through the document and the job list.
"""
