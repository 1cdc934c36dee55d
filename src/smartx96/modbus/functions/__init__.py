"""Functions of the application protocol: what each request is made of and how it is answered."""
