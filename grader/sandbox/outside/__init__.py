"""The judge's side: it starts workers, watches over them, and believes nothing that they say."""
