"""The Home page: drop or open a dataset, try the sample, go on with what was open before."""
